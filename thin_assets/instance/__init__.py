"""The Dagster instance of a home: its configuration, its daemon, and backfills submitted to it.

Belongs here: what the command line needs to drive Dagster from outside.
Does not belong here: definitions of assets, jobs or sensors.
"""
