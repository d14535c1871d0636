"""Matched sets reduced to patterns: all that the likelihood needs to know of a binary exposure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from thin_assets.errors import ContractBroken
from thin_assets.promises import OUR_FAULT

COLUMNS = ("set_size", "exposed", "case_exposed", "sets")


@dataclass(frozen=True)
class Patterns:
    """Informative sets of each exposure, by the odds that a member of the set is exposed.

    keys              one row per exposure (J), sorted; the other arrays follow its order
    odds              K distinct values of exposed / unexposed members of a set, rising
    sets              J x K, sets in which the exposure is neither everybody's nor nobody's
    case_exposed      J, those of them whose case is exposed
    exposed_cases     J, cases exposed in all sets that the table holds
    exposed_controls  J, controls exposed in all sets that the table holds
    """

    keys: pl.DataFrame
    odds: np.ndarray
    sets: np.ndarray
    case_exposed: np.ndarray
    exposed_cases: np.ndarray
    exposed_controls: np.ndarray

    @property
    def informative(self) -> np.ndarray:
        """J, sets that say anything about the exposure."""
        return self.sets.sum(axis=1)


def patterns_of(table: pl.DataFrame, *, by: Sequence[str] = ("exposure_id",)) -> Patterns:
    """Read a table of patterns; sets in which all or none are exposed are counted, and then left out.

    table    `by`, set_size, exposed, case_exposed (boolean), sets; one case a set; rows of the same pattern
             add up, and a pattern that is absent occurs in no set
    by       what tells exposures apart, such as exposure and window
    Raises ContractBroken when a row cannot be: more exposed than members, a case exposed among none.
    """
    _refuse_impossible(table)
    by = list(by)
    table = table.with_columns(pl.col(*COLUMNS).cast(pl.Int64))
    keys = table.select(by).unique().sort(by)
    rows = table.join(keys.with_row_index("_row"), on=by, how="left")
    row, size, exposed, case, sets = (
        rows[name].to_numpy() for name in ("_row", "set_size", "exposed", "case_exposed", "sets")
    )
    height = keys.height
    telling = (exposed > 0) & (exposed < size)
    # equal fractions are one column: division rounds correctly, so 1/2 and 2/4 are the same double
    odds, column = np.unique(exposed[telling] / (size - exposed)[telling], return_inverse=True)
    dense = np.zeros((height, len(odds)), dtype=np.int64)
    np.add.at(dense, (row[telling], column), sets[telling])

    def total(weights: np.ndarray) -> np.ndarray:
        return np.bincount(row, weights=weights, minlength=height).astype(np.int64)

    return Patterns(
        keys=keys,
        odds=odds,
        sets=dense,
        case_exposed=total(sets * case * telling),
        exposed_cases=total(sets * case),
        exposed_controls=total(sets * (exposed - case)),
    )


def _refuse_impossible(table: pl.DataFrame) -> None:
    size, exposed, case, sets = (pl.col(name) for name in COLUMNS)
    impossible = (
        (size < 1)
        | (exposed < 0)
        | (exposed > size)
        | (case.cast(pl.Boolean) & (exposed == 0))
        | (~case.cast(pl.Boolean) & (exposed == size))
        | (sets < 0)
        | pl.any_horizontal(pl.col(*COLUMNS).is_null())
    )
    wrong = table.filter(impossible).height
    if wrong:
        raise ContractBroken(f"{wrong} patterns that no set can have", where="studies/scan", remedy=OUR_FAULT)
