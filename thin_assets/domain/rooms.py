"""The rooms of the house, in the order in which a delivery walks through them."""

ROOMS = ("landing", "raw", "omop", "validated", "cohorts", "features", "studies", "published")
"""Asset key prefix = Dagster group = Python subpackage = lake folder."""
