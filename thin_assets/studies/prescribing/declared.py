"""What the observatory counts, as data: `declared.yaml` and `ddd.csv`, read once and checked."""

from functools import cache
from importlib.resources import files
from typing import Literal, Self

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from thin_assets.studies.repeated import repeated

PACKAGE = "thin_assets.studies.prescribing"
OTHER = "other"
"""Kind of a record whose type is none of those declared."""


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Indication(_Told):
    """Days around the first prescription in which a condition counts as its indication, both ends within."""

    before_days: int = Field(ge=0)
    after_days: int = Field(ge=0)


class Measure(_Told):
    """A guideline measure of each month.

    kind        rate: prescriptions by time; users: users by time; share: prescriptions of one set among those
                of another; beyond: users whose episode has lasted longer than `days`; together: users of
                `among` who were exposed to `of` on a common day
    of, among   sets of drugs
    from_age    persons of that age or older only; calendar year less year of birth
    source      who asks for it
    """

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    kind: Literal["rate", "users", "share", "beyond", "together"]
    of: str
    among: str | None = None
    days: int | None = Field(None, ge=1)
    from_age: int = Field(0, ge=0)
    source: str

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        if (self.kind in ("share", "together")) != (self.among is not None):
            raise ValueError(f"{self.name}: `among` belongs to share and together")
        if (self.kind == "beyond") != (self.days is not None):
            raise ValueError(f"{self.name}: `days` belongs to beyond")
        return self


class Declared(_Told):
    """The whole file; see there."""

    months: int = Field(ge=6)
    recent_months: int = Field(ge=1)
    washout_days: int = Field(ge=1)
    gap_days: int = Field(ge=0)
    followed_days: tuple[int, ...]
    indication: Indication
    levels: tuple[str, ...]
    class_level: str
    record_kinds: dict[str, tuple[int, ...]]
    routes: dict[str, tuple[int, ...]]
    ddd_source: str
    drug_sets: dict[str, tuple[str, ...]]
    measures: tuple[Measure, ...]

    @model_validator(mode="after")
    def _speaks_of_what_is_there(self) -> Self:
        unknown = {name for one in self.measures for name in (one.of, one.among)} - {None, *self.drug_sets}
        if unknown or self.class_level not in self.levels:
            raise ValueError(f"not declared: {', '.join(sorted(unknown)) or self.class_level}")
        if twice := repeated(one.name for one in self.measures):
            raise ValueError(f"two measures are called {', '.join(twice)}")
        if list(self.followed_days) != sorted(set(self.followed_days)) or self.recent_months > self.months:
            raise ValueError("followed_days rise, and recent_months lie within months")
        return self

    @property
    def kinds(self) -> dict[int, str]:
        """Kind of record by type concept."""
        return {concept: kind for kind, concepts in self.record_kinds.items() for concept in concepts}


@cache
def declared() -> Declared:
    """As the file says. Raises ValidationError where it contradicts itself: a fault of ours."""
    text = files(PACKAGE).joinpath("declared.yaml").read_text(encoding="utf-8")
    return Declared.model_validate(yaml.safe_load(text))


MILLIGRAMS = {"mg": 1.0, "g": 1000.0, "microgram": 0.001}
"""Of a unit of mass; international units have none, and stay as they are."""

UNIT_CONCEPTS = {
    8576: ("mg", 1.0),
    8504: ("mg", 1000.0),
    9655: ("mg", 0.001),
    8510: ("U", 1.0),
    8718: ("U", 1.0),
}
"""Unit of an amount in the CDM: (mg or U, how many of these)."""


@cache
def assigned() -> pl.DataFrame:
    """Main ATC code and DDD by ingredient and route.

    returns    (ingredient_concept_id, ingredient, route, atc, ddd, unit, remark); `ddd` in `unit`, mg or U;
               null: none is assigned, or none that a recorded dose can be held against: `remark` says which
    """
    text = files(PACKAGE).joinpath("ddd.csv").read_text(encoding="utf-8")
    rows = pl.read_csv(text.encode(), schema_overrides={"ddd": pl.Float64, "remark": pl.String})
    factor = pl.col("unit").replace_strict(MILLIGRAMS, default=1.0, return_dtype=pl.Float64)
    return rows.with_columns(
        ddd=(pl.col("ddd") * factor).round(9),
        unit=pl.when(pl.col("unit").is_in(list(MILLIGRAMS))).then(pl.lit("mg")).otherwise(pl.col("unit")),
        remark=pl.col("remark").fill_null(""),
    )
