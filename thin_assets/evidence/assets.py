"""Evidence in Dagster: every asset of the room: profile, mapping report, difference to the build before."""

from thin_assets.evidence.diff_assets import ASSETS as DIFF
from thin_assets.evidence.mapping_assets import ASSETS as MAPPING
from thin_assets.evidence.profile_assets import ASSETS as PROFILE

ASSETS = [*PROFILE, *MAPPING, *DIFF]
