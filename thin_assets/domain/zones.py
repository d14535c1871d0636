"""The zones of a platform, by whom they are for. Of these, only the publisher writes to the last two."""

RESTRICTED, PROJECT, PUBLISHED = "restricted", "project", "published"
"""The lake and the deliveries; rows of persons under pseudonyms of a project; aggregates for everybody."""

MODES = {PROJECT: 0o750, PUBLISHED: 0o755}
"""Of folders, and of the files in them without the right to run: a project's are for its group."""

PRIVATE_FOLDERS = ("lake", "deliveries", "secrets", "restricted", "truth", "spill", "dagster", "store")
"""Folders of a home for its owner only."""

ZONES = (PROJECT, PUBLISHED)
"""Folders of a home in which products lie."""
