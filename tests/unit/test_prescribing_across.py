"""Countries at the same sex and age, snapshots beside each other, and the page of all."""

import datetime as dt
import re
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from tests.prescribing import crowd
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake
from thin_assets.studies.prescribing.across import compare_countries, compare_snapshots
from thin_assets.studies.prescribing.across_page import Findings, draw_across
from thin_assets.studies.prescribing.contract import Revision
from thin_assets.studies.prescribing_across_assets import ACROSS, PAGE, REVISIONS, prescribing_across
from thin_assets.studies.study import Tables

MARCH = dt.date(2024, 3, 1)
REVISED = Revision.empty()


@pytest.fixture(scope="module")
def countries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tables]:
    """Two countries of 90 persons, in which 40 and 20 get diazepam; in one 30 an anticoagulant too."""
    folder = tmp_path_factory.mktemp("countries")
    return {
        "GB": crowd(folder / "GB", {"diazepam": 40, "ibuprofen": 4}),
        "FR": crowd(folder / "FR", {"diazepam": 20, "apixaban": 30}),
    }


def compared(countries: dict[str, Tables]) -> pl.DataFrame:
    names = ("prescribing", "prescribing_person_days", "prescribing_changes")
    tables = ({code: found[name] for code, found in countries.items()} for name in names)
    return compare_countries(*tables, where="test")


def test_crude_and_standardised_agree_where_people_are_alike(countries: dict[str, Tables]) -> None:
    rows = compared(countries).filter(class_code="N05", record_kind="prescribed")
    told = {row["country"]: row for row in rows.to_dicts()}
    assert told["GB"]["users_per_1000"] == pytest.approx(2 * told["FR"]["users_per_1000"], rel=1e-6)
    assert told["GB"]["users_per_1000_standardised"] == pytest.approx(told["GB"]["users_per_1000"], rel=1e-3)
    assert told["GB"]["ratio_to_median"] == pytest.approx(4 / 3, abs=1e-3)


def test_standardised_rates_are_those_of_the_same_sex_and_age() -> None:
    """Of the old 600 of 1,000, of the young 100; one country is older, and its crude rate alone is higher."""
    days = {"GB": {"30-39": 100_000, "70-79": 300_000}, "FR": {"30-39": 300_000, "70-79": 100_000}}
    month = 365.25 / 12
    rates = {"30-39": 0.1, "70-79": 0.6}
    person_days = {
        code: pl.DataFrame(
            [(MARCH, "female", band, count // 30, count, count) for band, count in of_age.items()],
            schema=["month", "sex", "age_band", "persons", "person_days", "person_days_washed"],
            orient="row",
        )
        for code, of_age in days.items()
    }
    prescribing = {
        code: pl.DataFrame(
            [
                (
                    "prescribed",
                    "ATC 2nd",
                    "N05",
                    "X",
                    MARCH,
                    "female",
                    band,
                    round(count / month * rates[band]),
                    0.0,
                )
                for band, count in of_age.items()
            ],
            schema=[
                "record_kind",
                "level",
                "class_code",
                "class_name",
                "month",
                "sex",
                "age_band",
                "users",
                "ddd",
            ],
            orient="row",
        )
        for code, of_age in days.items()
    }
    schema = {"record_kind": pl.String, "level": pl.String, "class_code": pl.String, "counted": pl.String}
    nothing = {code: pl.DataFrame(schema=schema | {"month": pl.Date}) for code in days}
    rows = compare_countries(prescribing, person_days, nothing, where="test").sort("country")
    assert rows["users_per_1000"].to_list() == pytest.approx([225, 475], abs=0.3)
    assert rows["users_per_1000_standardised"].to_list() == pytest.approx([350, 350], abs=0.3)


def test_a_class_that_a_country_does_not_know_is_there_with_nobody(countries: dict[str, Tables]) -> None:
    row = compared(countries).filter(class_code="B01", country="GB").row(0, named=True)
    assert (row["users"], row["users_per_1000"]) == (0, 0.0)


def test_months_that_two_snapshots_hold_are_compared(countries: dict[str, Tables]) -> None:
    """The months before know all but the last; what was added since is told, class by class."""
    now = countries["GB"]
    then = {
        name: rows.filter(pl.col("month") < MARCH) if rows.schema.get("month") == pl.Date else rows
        for name, rows in now.items()
    }
    fewer = then["prescribing"].filter(pl.col("class_code") != "M01")
    found = compare_snapshots(
        {"GB": now["prescribing"], "FR": now["prescribing"]},
        {"GB": fewer},
        {"GB": now["prescribing_person_days"], "FR": now["prescribing_person_days"]},
        {"GB": then["prescribing_person_days"]},
        where="test",
    )
    assert set(found["country"]) == {"GB"}
    assert MARCH not in found["month"].to_list()
    months = found.filter(class_code="M01")
    assert months.height == 23
    assert set(months.select("users_before", "users").iter_rows()) == {(0, 4)}
    assert found.filter(class_code="N05", users=40, users_before=40).height == 23


@pytest.fixture
def lake(tmp_path: Path, countries: dict[str, Tables]) -> Lake:
    """Both countries in March, one of them in February, and a third in another month."""
    lake = Lake(home=str(tmp_path))
    for key in ("GB|2024-03-01", "FR|2024-03-01", "GB|2024-02-01", "IT|2024-01-01"):
        snapshot = Snapshot.of(key)
        for name, rows in countries.get(snapshot.country, countries["FR"]).items():
            lake.write("studies", name, snapshot, rows)
    return lake


def materialised(lake: Lake) -> dict[str, dict]:
    done = dg.materialize(
        [prescribing_across],
        partition_key=MARCH.isoformat(),
        instance=dg.DagsterInstance.ephemeral(),
        resources={"lake": lake},
    )
    told = done.asset_materializations_for_node("prescribing_across")
    return {one.asset_key.path[-1]: one.metadata for one in told}


def test_the_countries_of_the_month_are_compared_and_no_others(lake: Lake) -> None:
    told = materialised(lake)
    assert set(told) == {ACROSS, REVISIONS, PAGE}
    assert set(lake.read_month("studies", ACROSS, MARCH)["country"]) == {"FR", "GB"}
    assert set(lake.read_month("studies", REVISIONS, MARCH)["country"]) == {"GB"}
    assert any("Users by class and country" in name for name in told[PAGE])


def test_building_again_writes_the_same_bytes(lake: Lake) -> None:
    def files() -> dict[Path, bytes]:
        folders = (lake.month_folder("studies", name, MARCH) for name in (ACROSS, REVISIONS, PAGE))
        return {path: path.read_bytes() for folder in folders for path in folder.iterdir()}

    materialised(lake)
    before = files()
    materialised(lake)
    assert files() == before


def test_the_page_keeps_back_what_few_would_be_told_by(lake: Lake) -> None:
    """Four persons on ibuprofen in every month are 48 person-months of a year, and still four persons."""
    materialised(lake)
    page = (lake.month_folder("studies", PAGE, MARCH) / "index.html").read_text()
    row = re.search(r"<tr><th[^>]*>N05 Psycholeptics</th>.*?</tr>", page).group()
    assert len(re.findall(r"\d+\.\d</td>", row)) == 3
    assert "M01" not in page


def test_the_highest_is_held_against_the_countries_that_are_shown(countries: dict[str, Tables]) -> None:
    """Anticoagulants of one country are shown; those of the other would be twice the median less these."""
    page, _ = draw_across(Findings(MARCH, countries, compared(countries), REVISED))
    of_both = re.search(r"<tr><th[^>]*>N05 Psycholeptics</th>.*?</tr>", page).group()
    of_one = re.search(r"<tr><th[^>]*>B01 Antithrombotic agents</th>.*?</tr>", page).group()
    assert of_both.endswith(">1.3</td></tr>")
    assert of_one.endswith(">–</td></tr>")


@dg.asset(key=["studies", "prescribing"], partitions_def=GRID)
def prescribing() -> None:
    """Stands for the study of a country."""


def test_a_new_country_asks_for_its_month_and_no_other() -> None:
    definitions = dg.Definitions([prescribing, prescribing_across], resources={"lake": Lake(home="/nowhere")})
    instance = dg.DagsterInstance.ephemeral()
    looked = dg.evaluate_automation_conditions(definitions, instance)
    event = dg.AssetMaterialization(["studies", "prescribing"], partition=f"GB|{MARCH}")
    instance.report_runless_asset_event(event)
    asked = dg.evaluate_automation_conditions(definitions, instance, cursor=looked.cursor)
    keys = [dg.AssetKey(["studies", name]) for name in (ACROSS, REVISIONS, PAGE)]
    assert [asked.get_requested_partitions(key) for key in keys] == [{MARCH.isoformat()}] * 3
