"""The vocabulary room: what the codes mean.

Enters    an Athena bundle (nine tab-delimited files) that the user downloaded, or the project's demo bundle;
          reviewed maps of the user's own
Leaves    one Parquet file per vocabulary table, and source_to_concept_map with the project's own maps and the
          reviewed ones
Promise   the same bundle gives the same bytes; its version is part of every build's identity
"""

from pathlib import Path

from thin_assets.vocabulary.bundle import load_bundle, version_of
from thin_assets.vocabulary.contract import VocabularyReport
from thin_assets.vocabulary.reviewed_maps import reviewed_files

__all__ = [
    "DEMO",
    "MAPS",
    "VocabularyReport",
    "load_bundle",
    "project_maps",
    "reviewed_files",
    "version_of",
]

DEMO = Path(__file__).parent / "demo"
"""The demo bundle: enough for the synthetic deliveries, far too little for real ones."""

MAPS = Path(__file__).parent / "source_to_concept_map"
"""The project's own maps, one file per source vocabulary, for codes that no vocabulary maps."""


def project_maps() -> list[Path]:
    """Files of the project's own maps, in a fixed order."""
    return sorted(MAPS.glob("*.csv"))
