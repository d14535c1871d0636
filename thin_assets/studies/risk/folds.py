"""Parts of the entries that are left out in turn: practices stay whole."""

import numpy as np

from thin_assets.domain.identity import stable_id
from thin_assets.studies.risk.problems import Cases

FOLDS = 3


def folds_of(cases: Cases) -> np.ndarray:
    """Part of each entry, 0 to 2: of its practice, or of its person where practices are fewer than three.

    Parts have as many practices as each other, in the order of a hash: the same wherever those practices are.
    """
    practices = np.unique(cases.practice)
    keys = cases.practice if len(practices) >= FOLDS else cases.person
    ordered = sorted(np.unique(keys).tolist(), key=lambda key: stable_id("risk fold", key))
    part = {key: place % FOLDS for place, key in enumerate(ordered)}
    return np.array([part[key] for key in keys.tolist()], dtype=np.int64)
