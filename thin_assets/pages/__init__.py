"""Pages: static HTML of one file, drawn from values: frame, tables, charts, and numbers as people read them.

Belongs here: how a number, a table or a chart looks. Does not belong here: what is counted, or from where.
Every page can be read without network and script, on a phone, in print, and by ear: a chart has a title, a
description and its numbers as a table.
"""
