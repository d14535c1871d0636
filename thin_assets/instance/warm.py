"""Loaded once, before runs are forked from the process that loaded it: what every run needs, and dbt.

Importing it is all there is to do. Nothing here opens a file, an engine or a thread of work: a fork takes
along memory, not threads.
"""

import warnings

import dagster as dg
import dbt.adapters.duckdb
import dbt.cli.main  # noqa: F401

warnings.simplefilter("ignore", dg.PreviewWarning)  # said by whoever loads the definitions to look at them
warnings.simplefilter("ignore", dg.BetaWarning)

from thin_assets.definitions import defs  # noqa: E402

defs.get_repository_def().get_all_jobs()
