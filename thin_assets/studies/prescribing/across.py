"""Countries of a month beside each other, at the same sex and age; and a snapshot beside the one before."""

from collections.abc import Mapping

import polars as pl

from thin_assets.promises import OUR_FAULT, columns_of, require
from thin_assets.studies.prescribing.contract import Across, Revision
from thin_assets.studies.prescribing.declared import declared
from thin_assets.studies.prescribing.drugs import ALL
from thin_assets.studies.prescribing.measures import DAYS_PER_MONTH

Frames = Mapping[str, pl.DataFrame]
"""A table by country."""

STRATA = ["sex", "age_band"]
_CLASS = ["record_kind", "class_code", "class_name"]


def compare_countries(
    prescribing: Frames, person_days: Frames, changes: Frames, *, where: str
) -> pl.DataFrame:
    """Users and DDD of the recent months, crude and standardised.

    prescribing, person_days, changes    of each country, as `contract` has them
    returns    as `contract.Across`, sorted. Standardised directly: the rate of each sex and ten years of age,
               weighted by the person-days of all countries; a group in which a country observed nobody is
               left out for it. A class that a country does not know has a row of zeros
    """
    days = _stacked(person_days).filter(_recent(), _stratum())
    strata = days.group_by("country", *STRATA).agg(pl.col("person_days").sum())
    weights = strata.group_by(STRATA).agg(pl.col("person_days").sum().alias("weight"))
    levels = [ALL, declared().class_level]
    rows = _stacked(prescribing).filter(_recent(), _stratum(), pl.col("level").is_in(levels))
    counted = rows.group_by(*_CLASS, "country", *STRATA).agg(pl.col("users").sum(), pl.col("ddd").sum())
    everywhere = _kinds(counted).join(strata, on="country").join(weights, on=STRATA)
    cells = everywhere.join(
        counted.drop("class_name"), on=["record_kind", "class_code", "country", *STRATA], how="left"
    ).with_columns(pl.col("users", "ddd").fill_null(0))
    found = cells.group_by(*_CLASS, "country").agg(*_rates()).sort("record_kind", "class_code", "country")
    most = rows.group_by("record_kind", "class_code", "country", "month").agg(pl.col("users").sum())
    most = most.group_by("record_kind", "class_code", "country").agg(
        pl.col("users").max().alias("most_users")
    )
    found = found.join(most, on=["record_kind", "class_code", "country"], how="left", maintain_order="left")
    found = found.with_columns(pl.col("most_users").fill_null(0))
    compared = found.with_columns(_ratio()).join(
        _last_change(changes), on=["record_kind", "class_code", "country"], how="left", maintain_order="left"
    )
    compared = compared.select(list(Across.to_schema().columns))
    require(Across, compared, name="prescribing_across", where=where, remedy=OUR_FAULT)
    return compared


def compare_snapshots(
    now: Frames, before: Frames, days_now: Frames, days_before: Frames, *, where: str
) -> pl.DataFrame:
    """What became of the users of each calendar month since the snapshot before.

    now, before               prescribing of each country; countries that have both are compared
    days_now, days_before     their person-days
    returns                   as `contract.Revision`, sorted
    """
    keys = ["country", "record_kind", "class_code", "month"]
    both = sorted(set(now) & set(before))
    pairs = [
        _totals(one[country], days[country], country, suffix)
        for country in both
        for one, days, suffix in ((now, days_now, ""), (before, days_before, "_before"))
    ]
    schema = columns_of(Revision)
    frames = [_revised(pairs[place], pairs[place + 1], keys) for place in range(0, len(pairs), 2)]
    found = pl.concat([pl.DataFrame(schema=schema), *(one.select(list(schema)) for one in frames)]).sort(keys)
    require(Revision, found, name="prescribing_revisions", where=where, remedy=OUR_FAULT)
    return found


def _revised(now: tuple, before: tuple, keys: list[str]) -> pl.DataFrame:
    """Calendar months that both know; a class that one of them did not count has no users there."""
    (users, days), (users_before, days_before) = now, before
    months = days.join(days_before, on="month")
    found = users.join(users_before, on=keys, how="full", coalesce=True).join(months, on="month")
    return found.with_columns(pl.col("users", "users_before").fill_null(0))


def _totals(
    rows: pl.DataFrame, days: pl.DataFrame, country: str, suffix: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    total = {"sex": ALL, "age_band": ALL}
    users = rows.filter(pl.col("level").is_in([ALL, declared().class_level]), **total)
    return (
        users.select(
            pl.lit(country).alias("country"), "record_kind", "class_code", "month",
            pl.col("users").alias(f"users{suffix}"),
        ),
        days.filter(**total).select("month", pl.col("person_days").alias(f"person_days{suffix}")),
    )  # fmt: skip


def _stacked(frames: Frames) -> pl.DataFrame:
    return pl.concat(
        frame.with_columns(pl.lit(code).alias("country")) for code, frame in sorted(frames.items())
    )


def _recent() -> pl.Expr:
    """The last months of those that there are; all countries of a snapshot have the same."""
    return pl.col("month") > pl.col("month").max().dt.offset_by(f"-{declared().recent_months}mo")


def _stratum() -> pl.Expr:
    return pl.col("sex").is_in(["female", "male"]) & (pl.col("age_band") != ALL)


def _kinds(counted: pl.DataFrame) -> pl.DataFrame:
    """Every class of a kind of record beside every country that has records of the kind."""
    classes = counted.select(_CLASS).unique(
        subset=["record_kind", "class_code"], keep="first", maintain_order=True
    )
    return classes.sort("record_kind", "class_code").join(
        counted.select("record_kind", "country").unique(), on="record_kind"
    )


def _rates() -> list[pl.Expr]:
    months = pl.col("person_days") / DAYS_PER_MONTH
    users, ddd, days = pl.col("users"), pl.col("ddd"), pl.col("person_days")
    weight = pl.col("weight")
    return [
        users.sum(),
        days.sum(),
        (1000 * users.sum() / months.sum()).round(6).alias("users_per_1000"),
        (1000 * (users / months * weight).sum() / weight.sum()).round(6).alias("users_per_1000_standardised"),
        (1000 * ddd.sum() / days.sum()).round(6).alias("ddd_per_1000"),
        (1000 * (ddd / days * weight).sum() / weight.sum()).round(6).alias("ddd_per_1000_standardised"),
    ]


def _ratio() -> pl.Expr:
    value = pl.col("users_per_1000_standardised")
    median = value.median().over("record_kind", "class_code")
    return pl.when(median > 0).then((value / median).round(4)).alias("ratio_to_median")


def _last_change(changes: Frames) -> pl.DataFrame:
    rows = _stacked(changes).filter(
        pl.col("level").is_in([ALL, declared().class_level]), pl.col("counted") == "users"
    )
    keys = ["record_kind", "class_code", "country"]
    return rows.group_by(keys).agg(pl.col("month").max().alias("new_level_from"))
