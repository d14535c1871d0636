"""How long the therapy of each new user lasts, how it ends, and what is taken then.

A therapy from one device lasts as long as some triple inhaler is in supply, one from several devices as long
as each of the three classes is. It ends with its last day of supply before so many days without: only who is
observed for all of these days can be seen to end, so follow-up ends that much before observation does, for
everybody alike.
"""

import polars as pl

from thin_assets.studies.triple_therapy.declared import CLASSES, ONE, SEVERAL, Declared
from thin_assets.studies.triple_therapy.users import therapy

STILL, STOPPED, SWITCHED, ADDED = 0, 1, 2, 3
CAUSES = {STOPPED: "stopped", SWITCHED: "switched", ADDED: "added"}
"""How follow-up ends: none of it, triple therapy stops, the number of devices changes, a drug is added."""

PARTS = {ONE: (ONE,), SEVERAL: CLASSES}
"""What must be in supply, by arm."""

STILL_ON, OTHER_TRIPLE = "still_on", "other_triple"

_PERSON = ["person_id", "index", "arm"]
_ROW = ["person_id", "part"]
_TRIPLE = pl.all_horizontal(CLASSES)


def parts_of(own: pl.DataFrame, users: pl.DataFrame, told: Declared) -> pl.DataFrame:
    """Supply of each part of the index therapy: person_id, index, arm, part, start, end, from the index on.

    own      records that are followed, as `records.inhaled`
    part     a class; of one device there is one part
    """
    near = pl.col("start") >= pl.col("index") - pl.duration(days=told.together_days)
    rows = own.join(users.select(_PERSON), on="person_id")
    rows = rows.filter(near & (pl.col("end") >= pl.col("index")))
    single = rows.filter((pl.col("arm") == ONE) & _TRIPLE).with_columns(part=pl.lit(ONE))
    apart = rows.filter((pl.col("arm") == SEVERAL) & ~_TRIPLE)
    classes = apart.unpivot(
        CLASSES, index=[*_PERSON, "start", "end"], variable_name="part", value_name="has"
    ).filter("has")
    shape = [*_PERSON, "part", "start", "end"]
    return pl.concat([single.select(shape), classes.select(shape)]).sort(*_ROW, "start", "end")


def courses(
    own: pl.DataFrame, users: pl.DataFrame, added: pl.DataFrame, gap: int, told: Declared
) -> pl.DataFrame:
    """One row per new user: how long the index therapy was followed and lasted, with a gap of so many days.

    added      (person_id, added): first day of a drug that is added after the index
    returns    person_id, arm, before, days (followed), ended, cause (of STILL ...) and cause_days, after
    """
    until = users.join(_until(parts_of(own, users, told), gap), on="person_id", how="left")
    until = until.join(_switches(own, until), on="person_id", how="left").join(
        added, on="person_id", how="left"
    )
    begun = pl.col("index") - pl.duration(days=1)
    until = until.with_columns(
        stop=pl.min_horizontal(pl.col("until").fill_null(begun), _day_before("switch"))
    )
    after = _after(own, until, gap, told)
    followed = pl.col("observed_until") - pl.duration(days=gap)
    rows = until.join(after, on="person_id", how="left").with_columns(
        lasted=_day_number("stop").clip(1), followed=_day_number(followed).clip(0), came=_day_number("added")
    )
    return (
        _ended(rows)
        .select(
            *("person_id", "arm", "before", "days", "ended", "cause", "cause_days"),
            after=pl.when("ended").then(pl.col("after").fill_null("nothing")).otherwise(pl.lit(STILL_ON)),
        )
        .sort("person_id")
    )


def _until(parts: pl.DataFrame, gap: int) -> pl.DataFrame:
    """(person_id, until): last day on which every part is in supply, but for gaps that are shorter."""
    before = pl.max_horizontal(
        pl.col("end").cum_max().shift(1).over(_ROW), pl.col("index") - pl.duration(days=1)
    )
    broken = (pl.col("start") - before).dt.total_days() > gap
    rows = parts.with_columns(broken=broken.cum_sum().over(_ROW) > 0)
    ends = rows.filter(~pl.col("broken")).group_by(*_ROW, "arm").agg(pl.col("end").max())
    needed = pl.col("arm").replace_strict({arm: len(names) for arm, names in PARTS.items()})
    whole = ends.group_by("person_id", "arm").agg(pl.col("end").min(), pl.len())
    return whole.filter(pl.col("len") == needed).select("person_id", until="end")


def _switches(own: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    """(person_id, switch): of a therapy from several devices, the first day of one from one."""
    rows = own.filter(_TRIPLE).join(users.select(_PERSON).filter(arm=SEVERAL), on="person_id")
    later = rows.filter(pl.col("start") > pl.col("index"))
    return later.group_by("person_id").agg(switch=pl.col("start").min())


def _after(own: pl.DataFrame, until: pl.DataFrame, gap: int, told: Declared) -> pl.DataFrame:
    """(person_id, after): what is begun within the gap, or still in supply at its end; null: nothing."""
    rows = own.join(until.select("person_id", "arm", "stop"), on="person_id")
    last = pl.col("stop") + pl.duration(days=gap)
    begun = (pl.col("start") > pl.col("stop")) & (pl.col("start") <= last)
    kept = (pl.col("start") <= pl.col("stop")) & (pl.col("end") >= last)
    found = rows.filter(begun | kept).with_columns(one=_TRIPLE)
    had = found.group_by("person_id", "arm").agg(
        pl.col(CLASSES).any(), pl.col("one").any(), apart=_all_apart()
    )
    other = pl.when(pl.col("arm") == ONE).then("apart").otherwise("one")
    return had.select("person_id", after=pl.when(other).then(pl.lit(OTHER_TRIPLE)).otherwise(therapy()))


def _all_apart() -> pl.Expr:
    """Whether all classes come from products of fewer."""
    return pl.all_horizontal((pl.col(one) & ~pl.col("one")).any() for one in CLASSES)


def _ended(rows: pl.DataFrame) -> pl.DataFrame:
    """Days and how they end: with the therapy; of causes that compete, with a drug that is added."""
    rows = rows.with_columns(
        ended=pl.col("lasted") <= pl.col("followed"), days=pl.min_horizontal("lasted", "followed")
    )
    adds = (pl.col("came") < pl.col("days")) | ((pl.col("came") == pl.col("days")) & ~pl.col("ended"))
    how = pl.when(pl.col("after") == OTHER_TRIPLE).then(SWITCHED).otherwise(STOPPED)
    return rows.with_columns(
        cause=pl.when(adds).then(ADDED).when("ended").then(how).otherwise(STILL).cast(pl.Int8),
        cause_days=pl.when(adds).then("came").otherwise("days"),
    )


def _day_number(day: str | pl.Expr) -> pl.Expr:
    """Number of a day, of which the index is the first."""
    column = pl.col(day) if isinstance(day, str) else day
    return (column - pl.col("index")).dt.total_days() + 1


def _day_before(name: str) -> pl.Expr:
    return pl.col(name) - pl.duration(days=1)
