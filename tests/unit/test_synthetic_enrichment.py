"""An enriched delivery holds many who fall ill, and its weights give back the population."""

import datetime as dt
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import polars as pl
import pytest

from tests.synthetic_worlds import World, make
from thin_assets.domain.countries import COUNTRIES
from thin_assets.errors import SettingsError
from thin_assets.synthetic.chunks import chunks_of, lives_of
from thin_assets.synthetic.coding import codes
from thin_assets.synthetic.days import day
from thin_assets.synthetic.effects import outcome_days
from thin_assets.synthetic.enrichment import kept_of, known_enrichments
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import rates
from thin_assets.synthetic.practices import open_practices

COUNTRY, MONTH, CUTOFF = "GB", "2024-03", day(dt.date(2024, 3, 31))
PATIENTS, TIMES, SEED = 600, 20, 7
SITES = ("lung", "colorectal", "pancreas", "breast", "prostate")
KEY = ["pracid", "patid"]

WITHIN = 4
"""So many standard errors of the sampling may a weighted sum be off: chance alone does it once in 16,000."""


@cache
def enriched(month: str = MONTH) -> tuple[World, pl.DataFrame]:
    """A delivery enriched with cancers, and the weights beside its truth."""
    root = Path(mkdtemp(prefix="enriched-"))
    return enriched_at(root, month, patients=PATIENTS, enrich_times=TIMES)


def enriched_at(root: Path, month: str, *, enrich=("cancer",), **options) -> tuple[World, pl.DataFrame]:
    made = make(root, COUNTRY, month, seed=SEED, enrich=enrich, defects=False, **options)
    weights = pl.read_csv(root / "truth" / COUNTRY / f"{month}-weights.csv", schema_overrides={"patid": str})
    return made, weights


@cache
def population() -> Counter:
    """Patients of the larger population at the cut-off, counted without any sampling."""
    practices = open_practices(COUNTRY, PATIENTS, SEED, 2024)
    practices.members[:] *= TIMES
    found: Counter = Counter()
    for chunk in chunks_of(practices):
        lives = lives_of((SEED, COUNTRY, PATIENTS), chunk, practices, 2024, [], defects=False)
        people = lives.people
        sent = practices.delivered_at(CUTOFF)[people["practice"]]
        until = practices.collected_until(CUTOFF)[people["practice"]]
        there = sent & (people["entry"] < until)
        found.update(patients=int(there.sum()), men=int((there & people["male"]).sum()))
        for site in SITES:
            days = outcome_days(lives.onset, COUNTRY, site)
            seen = (days >= people["entry"]) & (days < people["ends"]) & (days <= until)
            found[site] += int((seen & there).sum())
    return found


def standard_error(sampled: pl.DataFrame) -> float:
    """Of a weighted sum over these patients: each is counted w times, with the chance 1 / w."""
    return float(np.sqrt((sampled["weight"] * (sampled["weight"] - 1)).sum()))


def test_every_enrichment_speaks_of_known_outcomes() -> None:
    for country in COUNTRIES:
        for outcome in kept_of(known_enrichments()):
            nobody = np.zeros((1, len(burden(country).names)))
            assert outcome_days(nobody, country, outcome).shape == (1,)
    assert rates("enrichments")["kept"].is_between(0, 1, closed="right").all()


def test_as_many_patients_are_delivered_as_were_asked_for() -> None:
    """Within what drawing each of them by chance allows."""
    founders = enriched()[0].rows("patient").filter(pl.col("regdate") < "20230101")
    assert founders.height == pytest.approx(PATIENTS, abs=WITHIN * PATIENTS**0.5)


def test_every_delivered_patient_has_a_weight_and_nobody_else_has() -> None:
    made, weights = enriched()
    assert made.rows("patient").select(KEY).sort(KEY).equals(weights.select(KEY).sort(KEY))
    assert weights["weight"].min() == 1


def test_everybody_who_falls_ill_while_registered_is_kept() -> None:
    made, weights = enriched()
    told = made.truth["sampling"]
    assert told["population"] == {name: population()[name] for name in ("patients", *SITES)}
    assert set(told["shares"]) == {*SITES, "others"}
    for site in SITES:
        later = weights.filter(pl.col(f"gets_{site}") == 1)
        assert later["weight"].to_list() == [1] * later.height
        assert later.height >= population()[site] > 0


def test_diagnoses_are_many_times_as_frequent_as_in_the_population() -> None:
    of_lung = codes("diagnoses").filter(pl.col("notion").str.starts_with("lung_cancer"))
    diagnosed = (
        enriched()[0].rows("medical").filter(pl.col("medcode").is_in([*of_lung["read2"], *of_lung["snomed"]]))
    )
    share = population()["lung"] / population()["patients"]
    assert diagnosed.select(KEY).n_unique() / PATIENTS > 10 * share


def test_weighted_sums_give_back_the_population() -> None:
    """Patients and men; whoever is ill counts once, and is counted above."""
    made, weights = enriched()
    patients = made.rows("patient").join(weights, on=KEY)
    for name, counted in (("patients", patients), ("men", patients.filter(pl.col("sex") == "1"))):
        off = abs(counted["weight"].sum() - population()[name])
        assert off < WITHIN * standard_error(counted)
    assert standard_error(patients) < 0.1 * population()["patients"]


def test_without_weights_men_and_the_old_would_be_too_many() -> None:
    """What weights are for: a plain mean of an enriched delivery tells of the enrichment."""
    made, weights = enriched()
    old = made.rows("patient").join(weights, on=KEY).with_columns(old=pl.col("yob") < "1950")
    plain, weighted = old["old"].mean(), (old["old"] * old["weight"]).sum() / old["weight"].sum()
    assert plain > 1.5 * weighted


def test_whoever_is_delivered_stays_with_the_same_weight_and_records() -> None:
    (before, old), (after, new) = enriched("2024-02"), enriched()
    still = after.rows("practice")["pracid"].to_list()
    kept = old.filter(pl.col("pracid").is_in(still))
    assert kept.height > 0.9 * old.height
    assert kept.join(new, on=old.columns, how="anti").is_empty()
    records = before.rows("therapy").filter(pl.col("pracid").is_in(still))
    assert records.join(after.rows("therapy"), on=[*KEY, "therid"], how="anti").is_empty()


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    again, weights = enriched_at(tmp_path, MONTH, patients=PATIENTS, enrich_times=TIMES)
    assert again.bytes_by_path() == enriched()[0].bytes_by_path()
    assert weights.equals(enriched()[1])


def test_the_account_of_an_enriched_delivery_adds_up(tmp_path: Path) -> None:
    """Faults and all, and practices of whom nobody is drawn."""
    options = {"enrich": ("pancreatic_cancer", "lung_cancer"), "enrich_times": 5}
    made = make(tmp_path, "FR", MONTH, patients=40, seed=SEED, **options)
    for table, tally in made.truth["tables"].items():
        kept = tally["loaded"] - tally["multi_map_extra"]
        assert tally["delivered"] == kept + tally["collapsed"] + sum(tally["rejected"].values())
        assert tally["delivered"] == len(made.lines(table))


def test_a_delivery_that_is_not_enriched_has_no_weights(tmp_path: Path) -> None:
    made = make(tmp_path, "RO", MONTH, patients=60)
    assert "sampling" not in made.truth
    assert [path.name for path in (tmp_path / "truth" / "RO").iterdir()] == [f"{MONTH}.json"]


def test_an_unknown_enrichment_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="pancreas_cancer"):
        make(tmp_path, "RO", MONTH, patients=60, enrich=("pancreas_cancer",))


def test_more_ill_than_there_is_room_for_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="too few of 60 patients"):
        make(tmp_path, "GB", MONTH, patients=60, enrich=("cancer",), enrich_times=100)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
