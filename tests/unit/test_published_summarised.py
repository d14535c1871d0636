"""A published aggregate in the form of DARWIN EU's results: the same numbers, spelled as theirs."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.products import INCIDENCE, LUNG, features, publish_incidence
from thin_assets.cli import app
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.published.reading.read import read_published
from thin_assets.published.reading.summarised import COLUMNS, summarised_result

GB, FR = Snapshot.of("GB|2024-03-01"), Snapshot.of("FR|2024-03-01")
GROUP = ("cohort_definition_id &&& cohort_name", "7 &&& lung_cancer")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lung cancer of two countries, published under disclosure control."""
    home = tmp_path_factory.mktemp("summarised") / "home"
    for snapshot in (FR, GB):
        publish_incidence(home, snapshot.key)
    return home


@pytest.fixture(scope="module")
def result(home: Path) -> pl.DataFrame:
    return read_published("cohort_incidence", country="GB", home=home, as_="summarised_result")


def estimates(result: pl.DataFrame, strata: tuple[str, str]) -> dict[str, str]:
    """Values of one group and stratum by name of estimate."""
    rows = result.filter(group_level=GROUP[1], strata_name=strata[0], strata_level=strata[1])
    return dict(rows.select("estimate_name", "estimate_value").iter_rows())


def test_it_has_the_thirteen_columns_of_omopgenerics(result: pl.DataFrame) -> None:
    assert tuple(result.columns) == COLUMNS
    assert COLUMNS[:4] == ("result_id", "cdm_name", "group_name", "group_level")
    assert COLUMNS[6:11] == (
        *("variable_name", "variable_level", "estimate_name", "estimate_type", "estimate_value"),
    )
    assert set(result["cdm_name"]) == {"THIN GB"}


def test_estimates_are_called_as_incidence_prevalence_calls_them(result: pl.DataFrame) -> None:
    found = estimates(result, ("overall", "overall"))
    assert found["denominator_count"] == "800"
    assert found["outcome_count"] == "60"
    assert found["incidence_100000_pys"] == "3750.0"
    assert set(found) == {
        *("denominator_count", "person_years", "outcome_count", "incidence_100000_pys"),
        *("incidence_100000_pys_95CI_lower", "incidence_100000_pys_95CI_upper"),
    }


def test_a_stratum_names_the_dimensions_that_are_no_total(result: pl.DataFrame) -> None:
    assert estimates(result, ("sex", "female"))["outcome_count"] == "35"
    assert estimates(result, ("age_band", "60-69"))["outcome_count"] == "40"
    assert estimates(result, ("sex &&& age_band", "female &&& 60-69"))["denominator_count"] == "200"


def test_what_is_kept_back_stays_so(home: Path, result: pl.DataFrame) -> None:
    """Eight men of seventy fell ill, and as many numbers are hidden here as in the product."""
    assert estimates(result, ("sex &&& age_band", "male &&& 70-79"))["outcome_count"] == "-"
    rows = read_published("cohort_incidence", country="GB", home=home)
    hidden = sum(rows[name].null_count() for name in INCIDENCE.disclosure.shown)
    assert result.filter(estimate_value="-").height == hidden > 0
    assert result.filter(estimate_value="NA").is_empty()


def test_settings_say_what_it_was_made_with(home: Path) -> None:
    both = read_published("cohort_incidence", home=home, as_="summarised_result")
    settings = both.filter(variable_name="settings")
    told = {
        number: dict(settings.filter(result_id=number).select("estimate_name", "estimate_value").iter_rows())
        for number in (1, 2)
    }
    assert [told[number]["country"] for number in (1, 2)] == ["FR", "GB"]
    assert told[1]["min_cell_count"] == "10"
    assert told[1]["result_type"] == "cohort_incidence"
    assert told[1]["strata"] == "sex &&& age_band"
    assert told[1]["snapshot"] == str(dt.date(2024, 3, 1))


def test_a_file_for_r_is_written_by_the_command(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "result.csv"
    arguments = ["--product", "cohort_incidence", "--country", "gb", "--out", str(out)]
    shown = CliRunner().invoke(app, ["--home", str(home), "export-results", *arguments])
    assert shown.exit_code == 0, shown.output
    read = pl.read_csv(out, infer_schema=False)
    assert tuple(read.columns) == COLUMNS
    assert read.filter(variable_name="settings").height == 12


def test_a_table_of_persons_has_no_estimates() -> None:
    with pytest.raises(SettingsError, match="is no aggregate"):
        summarised_result(features(3), LUNG)
