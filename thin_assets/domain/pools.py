"""Pools: what only so many partitions may do at once, whatever the number of runs.

A step of a run that belongs to a pool waits until one of the pool's slots is free; how many there are is a
setting of the home (`THIN_POOL_<NAME>`). A step belongs to one pool at most, so nobody waits while holding.
"""

MEMORY = "memory"
"""A whole CDM goes through one engine, or more: these steps take what memory a run may take."""

TEXT = "text"
"""Dictionaries of a language in memory, and one core at full load for as long as there are notes."""

PUBLISHER = "publisher"
"""A commit to a table that all partitions share; another one waits for its lock."""

POOLS = (MEMORY, TEXT, PUBLISHER)
