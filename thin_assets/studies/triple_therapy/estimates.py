"""Curves, estimates and hazard ratios of the courses of new users."""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.domain.normal import NORMAL
from thin_assets.studies.survival.competing import incidence
from thin_assets.studies.survival.cox import Fit, cox
from thin_assets.studies.survival.follow_up import at_risk, by_day, last_day
from thin_assets.studies.survival.kaplan_meier import Curve, Estimate, kaplan_meier
from thin_assets.studies.triple_therapy.courses import CAUSES
from thin_assets.studies.triple_therapy.covariates import FIRST, MORE, NOT_KNOWN, SPECIALIST
from thin_assets.studies.triple_therapy.declared import ARMS, SEVERAL, Declared
from thin_assets.studies.triple_therapy.users import PRIOR

Courses = Mapping[int, pl.DataFrame]
"""Courses by gap, each as `courses.courses`."""

ONE_YEAR = 365
AGE = "age, ten years more"
CRUDE, ADJUSTED = "crude", "adjusted"


def curve_of(rows: pl.DataFrame) -> Curve:
    """Persistence of courses."""
    return kaplan_meier(rows["days"].to_numpy(), rows["ended"].to_numpy())


def curves(found: Courses, told: Declared) -> Iterator[tuple]:
    """As `contract.Curve`."""
    for gap, arm, rows in _by_arm(found):
        curve = curve_of(rows)
        ended = np.cumsum(curve.events)
        for day in told.grid:
            if day < len(curve.survival):
                counts = (rows.height, int(curve.at_risk[day]), int(ended[day]))
                yield (arm, gap, day, *counts, *curve.at(day))


def estimates(found: Courses, covered: pl.DataFrame, told: Declared) -> Iterator[tuple]:
    """As `contract.Estimate`."""
    for gap, arm, rows in _by_arm(found):
        curve, counts = curve_of(rows), (rows.height, int(rows["ended"].sum()))
        yield (arm, gap, "median_days", *counts, *curve.day_of(0.5))
        yield (arm, gap, "restricted_mean_days", *counts, *curve.restricted_mean(told.mean_days))
        yield (arm, gap, "persistence_one_year", *counts, *curve.at(ONE_YEAR))
        if gap == told.main_gap:
            shares = covered.filter(arm=arm)["covered"].to_numpy()
            yield (arm, gap, "days_covered", len(shares), 0, *_mean(shares))


def _mean(values: np.ndarray) -> Estimate:
    if len(values) < 2:
        return None, None, None
    mean, half = float(values.mean()), NORMAL * float(values.std(ddof=1)) / np.sqrt(len(values))
    return mean, mean - half, mean + half


def outcomes(rows: pl.DataFrame, told: Declared) -> Iterator[tuple]:
    """As `contract.Outcome`, of the courses of one gap."""
    for _, arm, mine in _by_arm({told.main_gap: rows}):
        days, causes = mine["cause_days"].to_numpy(), mine["cause"].to_numpy()
        last = last_day(days)
        risk = at_risk(days, last=last)
        for cause, name in CAUSES.items():
            curve, had = incidence(days, causes, cause), np.cumsum(by_day(days, causes == cause, last=last))
            for day in (one for one in told.grid if one <= last):
                yield (arm, name, day, int(risk[day]), int(had[day]), *curve.at(day))


def hazards(found: Courses, known: pl.DataFrame, told: Declared) -> Iterator[tuple]:
    """As `contract.Hazard`.

    known    users with covariates
    """
    until = pl.lit(told.hazard_days)
    for gap, courses in sorted(found.items()):
        rows = courses.with_columns(
            ended=pl.col("ended") & (pl.col("days") <= until), days=pl.min_horizontal("days", until)
        )
        rows = rows.join(known.drop("arm", "before"), on="person_id").sort("person_id")
        terms = _terms(rows)
        for model, names in ((CRUDE, [SEVERAL]), (ADJUSTED, list(terms.columns))):
            if SEVERAL in terms.columns:
                yield from _model(gap, model, rows, terms.select(names))


def _terms(rows: pl.DataFrame) -> pl.DataFrame:
    """Terms that can be told: on either side of each, ten persons or more whose therapy ended."""
    columns = {
        SEVERAL: pl.col("arm") == SEVERAL,
        "men": pl.col("sex") == "male",
        "prescribed by a specialist": pl.col("specialty") == SPECIALIST,
        "specialty not known": pl.col("specialty") == NOT_KNOWN,
        "asthma": pl.col("asthma"),
        "one exacerbation": pl.col("exacerbations") == FIRST,
        "two exacerbations or more": pl.col("exacerbations") == MORE,
        **{f"before: {name.replace('_', ' ')}": pl.col("before") == name for name in PRIOR[1:]},
    }
    flags = rows.select(**columns)
    ended = flags.filter(rows["ended"])
    told = [name for name in columns if SMALLEST_SHOWN <= ended[name].sum() <= len(ended) - SMALLEST_SHOWN]
    age = rows.select((pl.col("age") / 10).alias(AGE))
    return pl.concat([flags.select(told).cast(pl.Float64), age], how="horizontal")


def _model(gap: int, model: str, rows: pl.DataFrame, terms: pl.DataFrame) -> Iterator[tuple]:
    days, ended = rows["days"].to_numpy(), rows["ended"].to_numpy()
    fit = cox(days, ended, terms.to_numpy())
    for place, name in enumerate(terms.columns if fit else ()):
        has = np.ones(len(ended), dtype=bool) if name == AGE else terms[name].to_numpy() > 0
        yield (gap, model, name, int(has.sum()), int(ended[has].sum()), *_told(fit, place))


def _told(fit: Fit, place: int) -> tuple[float, ...]:
    """To six digits: further ones hang on the order in which a machine adds."""
    return tuple(float(f"{one:.6g}") for one in (*fit.hazard_ratio(place), fit.p_value(place)))


def _by_arm(found: Courses) -> Iterator[tuple[int, str, pl.DataFrame]]:
    """Gap, arm and courses, where there is any."""
    for gap, rows in sorted(found.items()):
        for arm in ARMS:
            mine = rows.filter(arm=arm)
            if not mine.is_empty():
                yield gap, arm, mine
