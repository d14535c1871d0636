"""Associations of made-up exposures, by the whole way from patterns: for tests of what comes after."""

import polars as pl

from thin_assets.studies.scan.associations import Found, associations
from thin_assets.studies.scan.counting import PATTERN, Patterns
from thin_assets.studies.scan.declared import NegativeControl, declared

SETS, CONTROLS = 100, 5
WINDOW = "1-10"


def associations_of(exposed: dict[str, tuple[int, int]], kind: str = "condition") -> pl.DataFrame:
    """Lung cancer in 100 sets of a case and five controls; exposed cases and controls by exposure.

    Cases are exposed alone in their sets, and controls one in a set: a name has the same id in every call.
    """
    return found_of(exposed, kind)[0].rows


def found_of(
    exposed: dict[str, tuple[int, int]], kind: str = "condition", controls: tuple[str, ...] = ()
) -> tuple[Found, pl.DataFrame]:
    """The same, with its windows, and the names of exposures; some of them negative controls."""
    number = {one.name: one.id for one in declared().kinds}[kind]
    names = {name: sum(name.encode()) * 1000 + number for name in exposed}
    rows = [row for name, counts in exposed.items() for row in _patterns(names[name], *counts)]
    totals = pl.DataFrame(
        [(one.name, SETS, SETS, SETS * CONTROLS, 0) for one in declared().windows],
        schema=["window", "sets", "cases", "controls", "left_out"],
        orient="row",
    )
    told = pl.DataFrame(
        [(key, kind, f"c{key}", name, "Blood") for name, key in names.items()],
        schema=["exposure_id", "exposure_kind", "exposure_code", "exposure_name", "chapter"],
        orient="row",
    )
    patterns = Patterns(pl.DataFrame(rows, schema=PATTERN, orient="row"), totals)
    known = [NegativeControl(kind=kind, concept=names[name] // 1000) for name in controls]
    scan = declared().scans[0].model_copy(update={"negative_controls": tuple(known)})
    return associations(patterns, told, scan, declared()), told


def _patterns(exposure: int, cases: int, controls: int) -> list[tuple]:
    size = CONTROLS + 1
    deep = -(-controls // (SETS - cases))
    whole, rest = divmod(controls, deep)
    found = [(exposure, WINDOW, size, 1, True, cases), (exposure, WINDOW, size, deep, False, whole)]
    return [*found, (exposure, WINDOW, size, rest, False, 1)] if rest else found


def windows_of(**counts: int) -> pl.DataFrame:
    """One row of `contract.ScanWindow`; what is not given is 0."""
    names = (
        *("sets", "cases", "controls", "left_out", "exposures", "tested", "significant", "discovered"),
        *("inflation_tests", "controls_tested", "controls_found"),
    )
    row = {"scan": "lung_cancer", "window": WINDOW} | {name: counts.get(name, 0) for name in names}
    nothing = (pl.lit(None, pl.Float64).alias(name) for name in ("inflation", "null_mean", "null_sd"))
    return pl.DataFrame([row]).with_columns(nothing)
