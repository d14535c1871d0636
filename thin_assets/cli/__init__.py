"""The command line `thin-assets`: thin doors to the rooms and to Dagster.

Belongs here: reading options, showing progress and tables. Does not belong here: rules about data.
"""

from thin_assets.cli.main import app, main

__all__ = ["app", "main"]
