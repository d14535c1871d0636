"""The rooms of the house, in the order in which a delivery walks through them."""

ROOMS = (
    *("landing", "raw", "text", "omop", "validated"),
    *("evidence", "cohorts", "features", "studies", "published"),
)
"""Asset key prefix = Dagster group = Python subpackage = lake folder."""

AFTER_THE_SEAL = ROOMS[ROOMS.index("validated") + 1 :]
"""Rooms that read sealed builds, and nothing of what came before."""
