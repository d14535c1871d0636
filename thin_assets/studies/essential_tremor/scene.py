"""What the page may show: judged tables of the engine and of the study, by name of the definition."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from thin_assets.domain.disclosure import hidden_parts, rate_is_shown
from thin_assets.pages import figures
from thin_assets.pages.figures import is_few
from thin_assets.studies.essential_tremor.concepts import listed
from thin_assets.studies.incidence_prevalence.page import RATE, SHARE
from thin_assets.studies.incidence_prevalence.shown import ALL, Estimate, Told, apart, told
from thin_assets.studies.study import design_of

NAMES = ("broad", "narrow", "strict")
DEFINITIONS = tuple(f"essential_tremor_{name}" for name in NAMES)
RECORDED = "essential_tremor_recorded"
INCIDENCE, POINT, PERIOD = "first_recorded_by_year", "on_new_year", "during_the_year"
"""Analyses of the engine."""

BROAD = DEFINITIONS[0]

OTHERS = {
    "treated_before": "one of them before the diagnosis",
    "several_on_one_day": "several on one day",
    "none_within_a_year": "none of them within a year",
}


@dataclass(frozen=True)
class Scene:
    """Tables of the engine and of the study, by name."""

    tables: Mapping[str, pl.DataFrame]

    @property
    def design(self) -> str:
        """The design of the study, as in the reference."""
        return design_of(__package__)

    @cached_property
    def comorbidity(self) -> pl.DataFrame:
        """Rows of the broad definition."""
        return self.tables["essential_tremor_comorbidity"].filter(outcome=BROAD)

    @cached_property
    def first_line(self) -> pl.DataFrame:
        """Rows of the broad definition."""
        return self.tables["essential_tremor_first_line"].filter(outcome=BROAD)

    @cached_property
    def _incidence(self) -> dict[str, Told]:
        """The definitions lie within each other: the narrower is hidden where it is near a wider one."""
        rows = self.tables["incidence_prevalence_incidence"].filter(analysis=INCIDENCE)
        each = [told(rows.filter(outcome=outcome), RATE, periods_add_up=True) for outcome in DEFINITIONS]
        beside = list(self._prevalence.values())
        return dict(zip(NAMES, apart(each, beside), strict=True))

    def incidence(self, name: str) -> Told:
        """Of a definition."""
        return self._incidence[name]

    @cached_property
    def _prevalence(self) -> dict[str, Told]:
        """On a day and during the year: who fell ill in the year is the difference."""
        rows = self.tables["incidence_prevalence_prevalence"].filter(outcome=RECORDED)
        parts = {name: rows.filter(analysis=name) for name in (POINT, PERIOD)}
        there = {name: part for name, part in parts.items() if part.height}
        each = [
            told(part, SHARE, periods_add_up=False, total=str(part.get_column("period").max()))
            for part in there.values()
        ]
        return dict(zip(there, apart(each), strict=True))

    def prevalence(self, analysis: str) -> Told | None:
        """Of recorded tremor; sex and age are told of the last year. None: nobody was ever present."""
        return self._prevalence.get(analysis)

    def standardised(self, name: str, period: str) -> Estimate | None:
        """Standardised rate, where the crude one may be shown."""
        if self.incidence(name).estimate(period) is None:
            return None
        rows = self.tables["incidence_prevalence_standardised"].filter(
            analysis=INCIDENCE, outcome=f"essential_tremor_{name}", period=period, sex=ALL
        )
        return _first(rows, "estimate")

    def trend(self, column: str) -> Estimate | None:
        """A rate ratio of the broad definition."""
        rows = self.tables["incidence_prevalence_trend"].filter(analysis=INCIDENCE, outcome=BROAD)
        return _first(rows, column)


def _first(rows: pl.DataFrame, column: str) -> Estimate | None:
    if rows.is_empty():
        return None
    row = rows.row(0, named=True)
    ends = tuple(row[name] for name in (column, f"{column}_95ci_lower", f"{column}_95ci_upper"))
    return None if None in ends else ends


@dataclass(frozen=True)
class Condition:
    """A condition as it may be shown; None: kept back."""

    title: str
    count: int | None
    expected: str
    ratio: Estimate | None


def shown_comorbidities(rows: pl.DataFrame) -> list[Condition]:
    """Conditions that ten members or more had, and ten or more had not; the largest ratio first."""
    titles = dict(listed("comorbidities").select("key", "title").iter_rows())
    found = []
    for row in rows.iter_rows(named=True):
        count, members = row["outcome_count"], row["members"]
        enough = rate_is_shown(count, members) and not is_few(members - count)
        estimate = tuple(row[name] for name in ("ratio", "ratio_95ci_lower", "ratio_95ci_upper"))
        expected = figures.number(row["expected"], 1) if enough else figures.NOTHING
        ratio = estimate if enough and None not in estimate else None
        found.append(Condition(titles[row["condition"]], count if enough else None, expected, ratio))
    return sorted(found, key=lambda one: (-(one.ratio or (0,))[0], one.title))


def shown_first_lines(rows: pl.DataFrame) -> tuple[int, list[tuple[str, int | None]]]:
    """Members and persons by treatment; nothing where there are too few members."""
    members = rows.get_column("members").max() if rows.height else 0
    if not members or is_few(members):
        return 0, []
    titles = dict(listed("first_lines").select("key", "title").iter_rows()) | OTHERS
    counts = dict(rows.select("treatment", "outcome_count").iter_rows())
    few = {name for name, count in counts.items() if is_few(count)}
    hidden = hidden_parts(counts, few)
    return members, [(title, None if name in hidden else counts[name]) for name, title in titles.items()]
