"""What a synthetic delivery looks like from outside: files, manifest, marker, codes of the country."""

import doctest
import importlib
import json

import polars as pl
import pytest

from tests.synthetic_worlds import make, parsed, world
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.layout import COUNTRY_ONLY, column_names, tables
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.synthetic.codes import codes, spelled


def notions_in(system: str) -> set[str]:
    """Every code of a system as its deliveries spell it."""
    return {spelled(system, code) for code in codes(system)}


every_country = pytest.mark.parametrize("country", COUNTRIES)


@every_country
def test_landing_lets_every_country_in(country):
    snapshot = Snapshot.named(country, "2024-03")
    inspection = inspect_delivery(world(country, defects=True).folder, snapshot)
    assert inspection.snapshot == snapshot


@every_country
def test_a_delivery_has_every_table_of_its_country_with_the_columns_of_the_layout(country):
    delivered = {entry["table"]: entry["columns"] for entry in world(country).manifest["files"]}
    expected = {
        table: column_names(table)
        for table in tables()
        if table not in COUNTRY_ONLY or getattr(COUNTRIES[country], COUNTRY_ONLY[table])
    }
    assert delivered == expected


@every_country
def test_a_country_codes_in_its_own_systems_and_changes_over_on_the_day(country):
    seen = world(country).rows("medical")
    systems = [coding.system for coding in COUNTRIES[country].diagnoses]
    known = {system: notions_in(system) for system in systems}
    assert set(seen["code_system"]) == set(known)
    for system, texts in known.items():
        assert set(seen.filter(pl.col("code_system") == system)["medcode"]) <= texts
    following = [coding for coding in COUNTRIES[country].diagnoses if not coding.beside]
    for earlier, later in zip(following, following[1:], strict=False):
        since = f"{later.since:%Y%m%d}"
        recorded_then = seen.filter((pl.col("code_system") == earlier.system) & (pl.col("datatype") != "02"))
        assert recorded_then["eventdate"].max() < since
        assert seen.filter(pl.col("code_system") == later.system)["sysdate"].min() >= since


@every_country
def test_products_are_spelled_in_the_country_s_own_system_and_described_in_the_lookup(country):
    systems = {coding.system for coding in COUNTRIES[country].drugs}
    lookup = world(country).rows("lookup_drug_ref")
    assert set(world(country).rows("therapy")["drug_code_system"]) == set(lookup["system"]) == systems
    assert lookup.select("system", "code").is_unique().all()
    both = prescribed(country).filter(pl.col("listed").is_not_null() & pl.col("atc").is_not_null())
    assert (both["atc"] == both["listed"]).all()


@every_country
def test_every_level_of_knowledge_about_a_product_is_needed(country):
    """By class in the list or beside the prescription, by product code, by name alone, not at all."""
    seen = prescribed(country)
    share = {
        "class of the list": pl.col("listed").is_not_null(),
        "class of the row alone": pl.col("atc").is_not_null() & pl.col("name").is_null(),
        "device": pl.col("name").is_in(["blood glucose meter", "inhaler spacer"]),
        "name": pl.col("listed").is_null() & pl.col("name").is_in(["loratadine", "famotidine"]),
        "nothing": pl.col("atc").is_null() & pl.col("name").is_null(),
    }
    found = {what: seen.filter(where).height / seen.height for what, where in share.items()}
    assert found.pop("class of the list") > 0.9
    assert all(0 < part < 0.05 for part in found.values()), found


def prescribed(country: str) -> pl.DataFrame:
    """Prescriptions with what the list of drugs says of them: `listed` the ATC class, `name`."""
    seen = world(country, patients=500)
    lookup = seen.rows("lookup_drug_ref").select(
        drug_code_system="system", whole="code", listed="atc", name="generic"
    )
    whole = pl.col("drugcode").str.zfill(8) if country == "DE" else pl.col("drugcode")
    return (
        seen.rows("therapy")
        .with_columns(whole=whole)
        .join(lookup, on=["drug_code_system", "whole"], how="left")
    )


def test_older_prescriptions_carry_older_product_codes():
    """GB moved to dm+d, FR to CIP13, DE to eight digits; a CIP7 stands inside its CIP13."""
    for country, system, since in (("GB", "MULTILEX", "20170401"), ("FR", "CIP7", "20120101")):
        rows = world(country).rows("therapy")
        old = rows["drug_code_system"] == system
        assert rows.filter(old)["prscdate"].max() < since <= rows.filter(~old)["prscdate"].min()
    rows = world("DE").rows("therapy")
    assert (rows["drugcode"].str.len_chars().eq(7) == (rows["prscdate"] < "20130101")).all()
    french = world("FR").rows("lookup_drug_ref")
    short = set(french.filter(pl.col("system") == "CIP7")["code"])
    assert {code[5:12] for code in french.filter(pl.col("system") == "CIP13")["code"]} == short


@every_country
def test_specimens_are_taken_and_some_have_a_result_beside(country):
    rows = world(country, patients=500).rows("ahd")
    urine = rows.filter(pl.col("ahdcode") == "1006010100").select("pracid", "patid", "eventdate")
    cultured = rows.filter(pl.col("data4").is_in(["POS", "NEG"]))
    assert urine.height > 0
    assert urine.join(cultured, on=urine.columns, how="anti").is_empty()


def test_a_laboratory_reports_in_the_units_of_its_country():
    def usual_unit(country: str) -> str:
        rows = world(country, patients=500).rows("ahd")
        creatinine = (pl.col("local_code") == "CREA") | (pl.col("ahdcode") == "1001400019")
        return rows.filter(creatinine)["data3"].mode().first()

    assert (usual_unit("GB"), usual_unit("DE")) == ("MEA008", "MEA010")


@every_country
def test_a_country_has_at_least_three_practices(country):
    assert len(world(country).rows("practice")) >= 3


def test_certainty_is_told_in_germany_alone():
    assert set(world("DE").rows("medical")["certainty"]) == {"G", "V", "A", "Z"}
    assert world("GB").rows("medical")["certainty"].is_null().all()


def test_laboratory_tests_are_told_apart_by_entity_loinc_or_local_code():
    by_country = {country: world(country).rows("ahd") for country in ("GB", "FR", "IT")}
    assert "1001400153" not in set(by_country["GB"]["ahdcode"])
    assert "718-7" in set(by_country["FR"]["loinc"])
    italian = by_country["IT"].filter(pl.col("ahdcode") == "1001400153")
    assert italian["local_code"].is_not_null().all()
    assert "1001400027" not in set(by_country["IT"]["ahdcode"])


def test_a_blood_pressure_is_diastolic_first_and_a_weight_comes_with_its_body_mass_index():
    rows = world("GB").rows("ahd")
    pressure = rows.filter(pl.col("ahdcode") == "1005010500")
    assert (pressure["data1"].cast(int) < pressure["data2"].cast(int)).all()
    weight = rows.filter(pl.col("ahdcode") == "1005010200")
    assert weight["data3"].cast(float).is_between(10, 70).all()


def test_the_month_of_birth_is_told_of_children_alone():
    patients = world("GB").rows("patient")
    told = patients.filter(~pl.col("yob").str.ends_with("0000"))
    assert len(told) > 0
    assert told["yob"].str.slice(0, 4).cast(int).min() > 2024 - 15


def test_descriptions_with_quotes_and_delimiters_survive():
    described = world("GB").rows("lookup_drug_ref")["generic"]
    assert described.str.contains(r"\|").any()
    assert described.str.contains('"').any()
    line = next(line for line in world("GB").lines("lookup_drug_ref") if b'""' in line)
    assert len(parsed(line)) == len(column_names("lookup_drug_ref"))


def test_the_marker_is_a_delivered_key_of_a_patient_with_events():
    seen = world("GB", defects=True)
    pracid, patid = seen.truth["marker"].split("|")
    start = f"{pracid}|{patid}|".encode()
    assert len(patid) == 12
    assert sum(line.startswith(start) for line in seen.lines("patient")) == 1
    assert any(line.startswith(start) for line in seen.lines("consult"))


def test_the_marker_file_is_written_last_and_nothing_temporary_remains(tmp_path):
    made = make(tmp_path, "RO", "2024-03", patients=60)
    assert (made.folder / "_COMPLETE").exists()
    assert [path.name for path in made.folder.parent.iterdir()] == ["2024-03"]


def test_a_delivery_replaces_the_one_before(tmp_path):
    (make(tmp_path, "RO", "2024-03", patients=60).folder / "left_over").touch()
    assert not (make(tmp_path, "RO", "2024-03", patients=60).folder / "left_over").exists()


def test_progress_is_told_chunk_by_chunk(tmp_path):
    told = []
    make(tmp_path, "RO", "2024-03", patients=60, progress=lambda done, of: told.append((done, of)))
    assert told == [(n, len(told)) for n in range(1, len(told) + 1)]


def test_an_unknown_effect_is_refused_by_name(tmp_path):
    with pytest.raises(SettingsError, match="lung_cancre"):
        make(tmp_path, "RO", "2024-03", patients=60, effects=("lung_cancre",))


def test_the_truth_says_which_effects_were_planted(tmp_path):
    made = make(tmp_path, "GB", "2024-03", patients=200, effects=("alzheimer",))
    rows = made.truth["planted_effects"]["rows"]
    assert {row["effect"] for row in rows} == {"alzheimer"}
    assert {row["country"] for row in rows} == {"GB"}
    assert made.truth["planted_effects"]["cases"]["alzheimer"] >= 0


def test_the_manifest_names_no_clock(tmp_path):
    manifest = world("FR").manifest
    assert manifest["generated_at"] == "2024-04-01T06:00:00Z"
    assert manifest["previous_snapshot"] == "2024-02"
    assert json.dumps(manifest) == json.dumps(make(tmp_path, "FR", "2024-03", defects=False).manifest)


@pytest.mark.parametrize("module", ["days", "files", "names", "pool"])
def test_examples_in_docstrings_are_true(module):
    result = doctest.testmod(importlib.import_module(f"thin_assets.synthetic.{module}"))
    assert result.attempted > 0
    assert result.failed == 0
