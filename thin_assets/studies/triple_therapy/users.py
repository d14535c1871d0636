"""Who is a new user of triple therapy, from when on, from how many devices, and what they took before."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from thin_assets.studies.triple_therapy.declared import CLASSES, ONE, SEVERAL, Declared
from thin_assets.studies.triple_therapy.records import DISPENSED, PRESCRIBED

PRIOR = (
    "steroid_and_beta_agonist",
    "beta_agonist_and_antimuscarinic",
    "other_two",
    "one_class",
    "nothing",
    "changing",
)
"""Therapies before; `changing`: all three classes, of which never all were taken together."""


@dataclass(frozen=True)
class Users:
    """New users.

    rows         one per user: person_id, index, arm, before, provider_id, and what `records.persons` knows
    attrition    persons left after each rule, in order
    record       kind of record that is followed: prescribed or dispensed
    """

    rows: pl.DataFrame
    attrition: list[tuple[str, int]]
    record: str


def record_of(inhaled: pl.DataFrame, *, dispensing: bool) -> str:
    """What is followed: dispensings where pharmacies of the country deliver, if there are any."""
    return DISPENSED if dispensing and not inhaled.filter(record=DISPENSED).is_empty() else PRESCRIBED


def new_users(inhaled: pl.DataFrame, persons: pl.DataFrame, told: Declared, *, dispensing: bool) -> Users:
    """Those who entered a cohort of triple therapy, as the records that are followed show them.

    inhaled       as `records.inhaled`; `persons` as `records.persons`
    dispensing    whether the pharmacies of the country deliver
    """
    record = record_of(inhaled, dispensing=dispensing)
    own = inhaled.filter(record=record)
    found = persons.join(_index(own, persons, told), on="person_id")
    new = found.join(_had_it(own, found, told), on="person_id", how="anti")
    rows = new.join(_before(own, new, told), on="person_id", how="left")
    rows = rows.join(_prescriber(inhaled, rows, told), on="person_id", how="left").sort("person_id")
    steps = [
        ("first triple inhaled therapy after COPD was recorded, from 40 years of age", persons.height),
        (f"all three classes {record} within {told.together_days} days", found.height),
        (f"not on all three together in the {told.before_days} days before", rows.height),
    ]
    return Users(rows, steps, record)


def _index(own: pl.DataFrame, persons: pl.DataFrame, told: Declared) -> pl.DataFrame:
    """(person_id, index, arm): the first day from the entry on by which all three classes are there."""
    together = _days(told.together_days)
    near = own.join(persons.select("person_id", "entry"), on="person_id")
    near = near.filter(pl.col("start").is_between(pl.col("entry") - together, pl.col("entry") + together))
    days = near.filter(pl.col("start") >= pl.col("entry")).select("person_id", index="start").unique()
    beside = days.join(near, on="person_id").filter(
        pl.col("start").is_between(pl.col("index") - together, pl.col("index"))
    )
    here = pl.col("start") == pl.col("index")
    found = beside.group_by("person_id", "index").agg(
        *(pl.col(one).any() for one in CLASSES), one=(_triple() & here).any()
    )
    found = found.filter(_triple()).sort("person_id", "index").unique("person_id", keep="first")
    arm = pl.when("one").then(pl.lit(ONE)).otherwise(pl.lit(SEVERAL))
    return found.select("person_id", "index", arm=arm)


def _had_it(own: pl.DataFrame, found: pl.DataFrame, told: Declared) -> pl.DataFrame:
    """Persons who had all three classes in the year before the days that count as together."""
    earlier = _back(own, found, told.before_days, told.together_days + 1)
    had = earlier.group_by("person_id").agg(*(pl.col(one).any() for one in CLASSES))
    return had.filter(_triple()).select("person_id")


def _before(own: pl.DataFrame, found: pl.DataFrame, told: Declared) -> pl.DataFrame:
    """(person_id, before): therapy by the classes in supply shortly before the index; null: none."""
    rows = own.join(found.select("person_id", "index"), on="person_id")
    rows = rows.filter(
        (pl.col("start") < pl.col("index")) & (pl.col("end") >= pl.col("index") - _days(told.prior_days))
    )
    had = rows.group_by("person_id").agg(*(pl.col(one).any() for one in CLASSES))
    return had.select("person_id", before=therapy())


def _prescriber(inhaled: pl.DataFrame, found: pl.DataFrame, told: Declared) -> pl.DataFrame:
    """(person_id, provider_id) of the last prescription by the index; a pharmacy tells none."""
    rows = _back(inhaled.filter(record=PRESCRIBED), found, told.together_days, 0)
    rows = rows.filter(pl.col("provider_id").is_not_null()).sort("person_id", "start", "provider_id")
    return rows.unique("person_id", keep="last").select("person_id", "provider_id")


def _back(rows: pl.DataFrame, found: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    """Records that begin from `first` to `last` days before the index."""
    near = rows.join(found.select("person_id", "index"), on="person_id")
    return near.filter(
        pl.col("start").is_between(pl.col("index") - _days(first), pl.col("index") - _days(last))
    )


def therapy() -> pl.Expr:
    """What a combination of classes is called; all three are `changing`."""
    steroid, beta, anti = (pl.col(one) for one in CLASSES)
    count = sum(pl.col(one).cast(pl.Int8) for one in CLASSES)
    return (
        pl.when(count == len(CLASSES)).then(pl.lit("changing"))
        .when(steroid & beta).then(pl.lit("steroid_and_beta_agonist"))
        .when(beta & anti).then(pl.lit("beta_agonist_and_antimuscarinic"))
        .when(count == 2).then(pl.lit("other_two"))
        .when(count == 1).then(pl.lit("one_class"))
        .otherwise(pl.lit("nothing"))
    )  # fmt: skip


def _triple() -> pl.Expr:
    return pl.all_horizontal(CLASSES)


def _days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)
