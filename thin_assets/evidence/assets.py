"""Evidence in Dagster: every asset of the room, the profile and the mapping report."""

from thin_assets.evidence.mapping_assets import ASSETS as MAPPING
from thin_assets.evidence.profile_assets import ASSETS as PROFILE

ASSETS = [*PROFILE, *MAPPING]
