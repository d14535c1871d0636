"""Members as arrays: who is at risk of a symptom at the end of the twelfth week, and until when."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from thin_assets.studies.long_covid.declared import (
    CODED,
    FEWEST_EVENTS,
    FROM_DAY,
    SOURCES,
    conditions,
    symptoms,
)


@dataclass(frozen=True)
class AtRisk:
    """Those followed for a symptom: without a record of it in the year before the index date.

    members       places among all members
    is_exposed    infected or not
    days          days followed from day 84 on, that day and the last included
    events        whether follow-up ended with the symptom
    earlier       number of other symptoms recorded in the year before
    """

    members: np.ndarray
    is_exposed: np.ndarray
    days: np.ndarray
    events: np.ndarray
    earlier: np.ndarray

    def of(self, exposed: bool) -> "AtRisk":
        """Those exposed, or those not."""
        kept = self.is_exposed == exposed
        return AtRisk(*(values[kept] for values in vars(self).values()))


class Followed:
    """Every member, and what was recorded of every symptom, by source.

    members     as `people.find_members`
    outcomes    as `records.find_outcomes`
    """

    def __init__(self, members: pl.DataFrame, outcomes: pl.DataFrame) -> None:
        self.members = members
        self.is_exposed = members["is_exposed"].to_numpy()
        self.followed = members["followed_days"].to_numpy()
        self.practice = members["practice"].fill_null(-1).to_numpy()
        self._had, self._day = {}, {}
        for source in SOURCES:
            end = "_coded" if source == CODED else ""
            self._had[source] = self._spread(outcomes, f"had{end}", missing=0).astype(bool)
            self._day[source] = self._spread(outcomes, f"day{end}", missing=-1)

    def _spread(self, outcomes: pl.DataFrame, column: str, *, missing: int) -> np.ndarray:
        names = {name: place for place, name in enumerate(symptoms())}
        found = np.full((self.members.height, len(names)), missing, dtype=np.int32)
        place = outcomes["symptom"].replace_strict(names, return_dtype=pl.Int32)
        values = outcomes[column].cast(pl.Int32).fill_null(missing).to_numpy()
        found[outcomes["member"].to_numpy(), place.to_numpy()] = values
        return found

    def at_risk(self, symptom: str, source: str) -> AtRisk:
        """Those at risk of a symptom as a source knows it."""
        place = list(symptoms()).index(symptom)
        had = self._had[source]
        members = np.flatnonzero((self.followed >= FROM_DAY) & ~had[:, place])
        day = self._day[source][members, place]
        last = np.where(day >= 0, day, self.followed[members])
        return AtRisk(
            members, self.is_exposed[members], last - FROM_DAY + 1, day >= 0, had[members].sum(axis=1)
        )

    def earlier(self, source: str) -> np.ndarray:
        """Number of symptoms in the year before, of each member."""
        return self._had[source].sum(axis=1)

    def covariates(self, at_risk: AtRisk) -> tuple[np.ndarray, list[str]]:
        """Exposure and what it is adjusted for: age in tens of years from 50 and its square, sex, conditions,
        visits and other symptoms before as log(1 + number).

        A trait of hardly anybody with the event, or of nearly all of them, fits no finite ratio: left out.
        """
        rows = self.members[at_risk.members]
        age = (rows["age"].to_numpy() - 50) / 10
        traits = {"sex", *conditions()}
        columns = {
            "exposure": at_risk.is_exposed,
            "age": age,
            "age squared": age**2,
            "sex": rows["is_female"].to_numpy(),
            **{name: rows[name].to_numpy() for name in conditions()},
            "visits before": np.log1p(rows["visits"].to_numpy()),
            "symptoms before": np.log1p(at_risk.earlier),
        }
        told = {
            name: values.astype(float)
            for name, values in columns.items()
            if (_splits(values, at_risk.events) if name in traits else _varies(values))
        }
        return np.column_stack([*told.values()]) if told else np.zeros((len(rows), 0)), list(told)


def _splits(has: np.ndarray, events: np.ndarray) -> bool:
    """Whether enough of those with the event have a trait, and enough have it not."""
    found = int(has[events].sum())
    return FEWEST_EVENTS <= found <= int(events.sum()) - FEWEST_EVENTS


def _varies(values: np.ndarray) -> bool:
    return len(values) > 0 and bool((values != values[0]).any())
