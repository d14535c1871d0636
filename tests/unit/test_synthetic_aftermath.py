"""Complaints follow an infection as often as planted, and four records in five are in text alone."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from thin_assets.domain.snapshot import Snapshot
from thin_assets.synthetic.aftermath import after_events, told_notions, told_share
from thin_assets.synthetic.codes import read
from thin_assets.synthetic.coding import codes, index_of
from thin_assets.synthetic.days import NEVER, YEAR, new_year
from thin_assets.synthetic.delivery import told_beside, write_delivery
from thin_assets.synthetic.effects import planted
from thin_assets.synthetic.parameters import OLDEST
from thin_assets.synthetic.rows import stacked
from thin_assets.synthetic.texts import DENIED, LANGUAGES, told_texts, write_texts

MONTH = Snapshot.named("GB", "2024-03")
RATE = 0.05
NOTIONS = index_of("diagnoses")


def people(count: int) -> dict[str, np.ndarray]:
    """Everybody of the same age, in care for good, with an average use of it."""
    return {
        "born": np.full(count, new_year(1970), dtype=np.int32),
        "male": np.zeros(count, dtype=bool),
        "entry": np.full(count, new_year(2000), dtype=np.int32),
        "ends": np.full(count, NEVER, dtype=np.int32),
        "deprivation": np.full(count, 3.0),
        "frailty": np.ones(count),
    }


@pytest.fixture(scope="module")
def events() -> dict[str, np.ndarray]:
    """What the effect adds to the lives of 60,000 people who fall ill and complain at one rate."""
    usual = np.full((len(codes("diagnoses")), 2, OLDEST + 1), RATE)
    rows = planted(["long_covid"], "GB")
    return stacked(after_events(rows, np.random.default_rng(3), people(60_000), usual))


def days_of(events: dict[str, np.ndarray], notion: str) -> tuple[np.ndarray, np.ndarray]:
    of = events["notion"] == NOTIONS[notion]
    return events["who"][of], events["day"][of]


def test_an_infection_strikes_once_and_not_before_there_was_one(events) -> None:
    who, day = days_of(events, "covid_19")
    assert len(np.unique(who)) == len(who)
    assert day.min() >= new_year(2020)
    expected = 60_000 * (1 - np.exp(-RATE * (new_year(2035) - new_year(2020)) / YEAR))
    assert len(who) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("notion, ratio", [("fatigue", 3.46), ("dyspnoea", 2.89), ("palpitations", 2.59)])
def test_complaints_are_added_from_twelve_weeks_on_at_the_planted_rate(events, notion, ratio) -> None:
    infected = np.full(60_000, NEVER)
    who, day = days_of(events, "covid_19")
    infected[who] = day
    who, day = days_of(events, notion)
    since = day - infected[who]
    assert since.min() >= 84 and since.max() < 730
    years = len(days_of(events, "covid_19")[0]) * (730 - 84) / YEAR
    use = 0.8 + 0.08 * 2.5
    assert len(who) / years == pytest.approx(RATE * use * (ratio - 1), rel=0.03)


def test_a_complaint_that_does_not_come_by_chance_has_a_rate_of_its_own(events) -> None:
    who, day = days_of(events, "sputum_abnormal")
    ill, _ = days_of(events, "covid_19")
    well = ~np.isin(who, ill) & (day < new_year(2020))
    years = (60_000 - len(ill)) * 2
    assert well.sum() / years == pytest.approx(0.012, rel=0.1)


def test_three_in_ten_of_those_with_a_complaint_get_a_name_for_it_within_a_week(events) -> None:
    complaints = [days_of(events, name) for name in ("fatigue", "dyspnoea", "palpitations")]
    named, day = days_of(events, "long_covid")
    with_complaint = np.unique(np.concatenate([who for who, _ in complaints]))
    assert 0.28 < len(named) / len(with_complaint) < 0.34
    first = np.full(60_000, NEVER)
    for who, when in complaints:
        np.minimum.at(first, who, when)
    sure = first[named] < NEVER
    assert (day[sure] - first[named][sure] <= 7).all()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A delivery of 600 patients with the effect on, and its text bundle."""
    home = tmp_path_factory.mktemp("aftermath")
    places = {"deliveries": home / "deliveries", "truth": home / "truth"}
    delivery = write_delivery(MONTH, patients=600, seed=7, effects=["long_covid"], defects=False, **places)
    write_texts(delivery, MONTH, seed=7, bundles=home / "texts", truth=home / "truth")
    return home


def read_table(home: Path, pattern: str) -> pl.DataFrame:
    parts = sorted(home.glob(pattern))
    return pl.concat(pl.read_csv(part, separator="|", infer_schema=False) for part in parts)


def test_one_record_in_five_is_coded_and_each_of_the_others_has_a_text(written: Path) -> None:
    told = pl.read_csv(told_beside(written / "truth/GB/2024-03.json"), infer_schema=False)
    texts = read_table(written, "texts/GB/2024-03/text/*.csv.gz")
    medical = read_table(written, "deliveries/GB/2024-03/medical/*.csv.gz")
    coded_as = {
        row["notion"]: {row["read2"], row["snomed"]} for row in codes("diagnoses").iter_rows(named=True)
    }
    for notion in ("cough", "abdominal_pain", "joint_pain"):
        coded = medical.filter(pl.col("medcode").is_in(list(coded_as[notion]))).height
        in_text = told.filter(notion=notion).height
        assert 0.15 < coded / (coded + in_text) < 0.25
    said = texts.filter(pl.col("textid").str.ends_with("S"))
    assert said.height == told.height > 0
    assert said.join(told, on=["pracid", "patid", "eventdate"], how="anti").is_empty()
    assert said["textid"].n_unique() <= said.height


def test_the_truth_tells_what_was_planted(written: Path) -> None:
    truth = json.loads((written / "truth/GB/2024-03.json").read_text())["planted_effects"]
    ratios = {row["exposure"]: row["multiplier"] for row in truth["rows"] if row["kind"] == "after"}
    assert ratios == {"fatigue": 3.46, "dyspnoea": 2.89, "palpitations": 2.59, "sputum_abnormal": 2.43}
    assert truth["cases"]["covid_19"] > 10
    told = json.loads((written / "truth/GB/2024-03-text.json").read_text())["by_concept"]
    assert {name.split()[1] for name in told} == {"stated", *DENIED}


def test_without_the_effect_nothing_is_left_to_the_texts(written: Path) -> None:
    """A later delivery without it takes back what the texts were to say."""
    places = {"deliveries": written / "other", "truth": written / "other-truth"}
    beside = told_beside(written / "other-truth/GB/2024-03.json")
    beside.parent.mkdir(parents=True)
    beside.write_text("left over")
    write_delivery(MONTH, patients=60, seed=7, defects=False, **places)
    assert not beside.exists()


@pytest.mark.parametrize("language", sorted(set(LANGUAGES.values())))
def test_a_symptom_is_stated_in_every_language_and_what_is_denied_is_another(language: str) -> None:
    notions = [row["notion"] for row in read("symptom_terms") if row["language"] == language]
    assert {NOTIONS[one] for one in notions} == told_notions()
    keys = {"pracid": "a0001", "patid": "P001", "consultid": None, "eventdate": "20230405"}
    told = pl.DataFrame(
        [
            keys | {"recordid": f"{number:04}", "notion": notions[number % len(notions)]}
            for number in range(200)
        ]
    )
    texts = told_texts(told, language, 7)
    kinds = texts["kinds"].to_list()
    assert all(one.count("stated") == 1 for one in kinds)
    assert any(set(one) & set(DENIED) for one in kinds)
    assert all(len(set(one)) == len(one) for one in texts["concepts"])
    assert texts["freetext"].str.contains("05.04.2023").sum() > 50
    assert not texts["freetext"].str.contains(r"[{}]").any()


def test_four_in_five_are_told_where_an_effect_says_so() -> None:
    assert told_share(planted(["long_covid"], "FR")) == 0.8
    assert told_share(planted(["lung_cancer"], "FR")) == 0
