"""Disclosure control of tables: what is hidden so that nobody who sees the rest can tell few persons.

What it knows    cells with their exact counts, and what everybody knows of them: which adds up to which.
What it is not   a room: every room may use it, and it knows no room, no lake, no engine and no file.
"""
