"""Backup and restore of a home: lake, deliveries, published tables, records and the Dagster instance.

Belongs here: what a home holds, in which order it is copied and under which locks, and bringing it back.
Does not belong here: rules about data, and retention of builds.
"""
