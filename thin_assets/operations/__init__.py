"""What the platform tells of itself and what it throws away: costs, runs, alerts, lineage, retention.

Belongs here: what is read from runs, reports and folders, and is about the platform.
Does not belong here: anything about patients, and any rule that decides what a room builds.
"""
