"""What is counted beside the estimates: who is followed, how groups compare, and where records are."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from thin_assets.studies.long_covid.declared import (
    CODED,
    CODED_AND_TEXT,
    FROM_DAY,
    conditions,
    symptoms,
)
from thin_assets.studies.long_covid.followed import Followed

BANDS = {"18-39": (18, 39), "40-59": (40, 59), "60-79": (60, 79), "80+": (80, 999)}


def count_flow(matched: pl.DataFrame, followed: Followed) -> pl.DataFrame:
    """As `contract.Flow`: persons, each once per exposure."""
    persons = [
        matched.filter(is_case=is_case)["person_id"].n_unique() if matched.height else 0
        for is_case in (True, False)
    ]
    exposed, late = followed.is_exposed, followed.followed >= FROM_DAY
    rows = [
        ("in matched sets", *persons),
        ("adults of complete sets", int(exposed.sum()), int((~exposed).sum())),
        ("followed beyond 12 weeks", int((exposed & late).sum()), int((~exposed & late).sum())),
    ]
    return pl.DataFrame(rows, ["step", "exposed", "unexposed"], orient="row").cast(
        {"step": pl.String, "exposed": pl.Int64, "unexposed": pl.Int64}
    )


def count_baseline(followed: Followed, source: str) -> pl.DataFrame:
    """As `contract.Baseline`, of those followed beyond 12 weeks; symptoms as the source knows them."""
    late = followed.followed >= FROM_DAY
    rows, exposed = followed.members.filter(late), followed.is_exposed[late]
    age = rows["age"].to_numpy()
    traits = {"persons": np.ones(len(age), dtype=bool), "women": rows["is_female"].to_numpy()}
    traits |= {f"age {name}": (age >= low) & (age <= high) for name, (low, high) in BANDS.items()}
    traits |= {told: rows[name].to_numpy() for name, told in conditions().items()}
    traits["four visits or more in the year before"] = rows["visits"].to_numpy() >= 4
    traits["a symptom in the year before"] = followed.earlier(source)[late] > 0
    return pl.DataFrame(
        [(name, *_compared(has.astype(bool), exposed)) for name, has in traits.items()],
        {"trait": pl.String, "exposed": pl.Int64, "unexposed": pl.Int64, "difference": pl.Float64},
        orient="row",
    )


def _compared(has: np.ndarray, exposed: np.ndarray) -> tuple[int, int, float | None]:
    counts = int((has & exposed).sum()), int((has & ~exposed).sum())
    sizes = int(exposed.sum()), int((~exposed).sum())
    if 0 in sizes:
        return *counts, None
    ours, theirs = (count / size for count, size in zip(counts, sizes, strict=True))
    spread = np.sqrt((ours * (1 - ours) + theirs * (1 - theirs)) / 2)
    return *counts, float((ours - theirs) / spread) if spread else 0.0


def told_sources(found: pl.DataFrame) -> pl.DataFrame:
    """As `contract.Source`: every symptom, those without a record too."""
    rows = _every_symptom().join(found, on="symptom", how="left", maintain_order="left")
    rows = rows.with_columns(pl.exclude("symptom").fill_null(0))
    whole = pl.sum_horizontal("coded_only", "coded_and_text", "text_only")
    share = pl.when(whole > 0).then(pl.col("text_only") / whole).alias("text_only_share")
    return rows.select(
        "symptom", "coded_only", "coded_and_text", "text_only", share, "persons_coded", "persons"
    )


def told_before_label(found: pl.DataFrame, labelled: int, sources: Iterable[str]) -> pl.DataFrame:
    """As `contract.BeforeLabel`: every symptom and source."""
    rows = _every_symptom().join(found, on="symptom", how="left", maintain_order="left")
    rows = rows.with_columns(pl.exclude("symptom").fill_null(0), labelled=pl.lit(labelled, pl.Int64))
    column = {CODED: "persons_coded", CODED_AND_TEXT: "persons"}
    return pl.concat(
        rows.select("symptom", pl.lit(one).alias("source"), "labelled", pl.col(column[one]).alias("persons"))
        for one in sources
    )


def _every_symptom() -> pl.DataFrame:
    return pl.DataFrame({"symptom": list(symptoms())})
