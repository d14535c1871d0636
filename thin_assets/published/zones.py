"""The zones of a platform, by whom they are for. Of these, only the publisher writes to the last two."""

RESTRICTED, PROJECT, PUBLISHED = "restricted", "project", "published"
"""The lake and the deliveries; rows of persons under pseudonyms of a project; aggregates for everybody."""

ZONES = (PROJECT, PUBLISHED)
"""Folders of a home in which products lie."""
