"""What the CDM shows of a patient, from delivered rows to the Parquet of a build."""

import datetime as dt

from tests.dbt.candidate import Build, key
from thin_assets.domain.identity import stable_id


def test_a_person_shows_no_more_than_was_delivered(gb: Build):
    """The month of birth is known of children only; race is not known, the key is a pseudonym."""
    columns = (
        "gender_concept_id, year_of_birth, month_of_birth, day_of_birth, race_concept_id, person_source_value"
    )
    assert gb.query(f"select {columns} from person where person_source_value in ('P1', 'P2') order by 6") == [
        (8507, 1950, None, None, 0, "P1"),
        (8532, 2015, 6, None, 0, "P2"),
    ]


def test_only_persons_who_were_observed_are_loaded(gb: Build):
    """Rejected persons are in no table."""
    assert {key for (key,) in gb.query("select person_source_value from person")} == {
        "P1", "P2", "DEAD", "LEFT", "TWICE",
    }  # fmt: skip
    periods = gb.of(
        "LEFT", "observation_period", "observation_period_start_date, observation_period_end_date"
    )
    assert periods == [(dt.date(2005, 1, 1), dt.date(2010, 1, 1))]


def test_death_is_known_from_the_status_of_leaving(gb: Build):
    """Nobody else is dead."""
    assert gb.query("select person_id, death_date from death") == [(key("DEAD"), dt.date(2020, 1, 10))]


def test_an_unmapped_code_is_an_observation_with_concept_zero(gb: Build):
    """Upper and lower case are different codes: `g20..00` is not hypertension."""
    rows = gb.of("P1", "observation", "observation_concept_id, observation_source_value, value_as_concept_id")
    assert (0, "g20..00", None) in rows
    assert (4167217, "59621000", 320128) in rows  # a relative's hypertension


def test_a_code_with_two_meanings_is_two_conditions(gb: Build):
    """The domain of the standard concept routes: conditions, and a procedure."""
    conditions = gb.of("P1", "condition_occurrence", "condition_source_value, condition_concept_id")
    assert [row for row in conditions if row[0] == "E11.2"] == [("E11.2", 201826), ("E11.2", 435216)]
    assert ("F..0.00", 4112343) in conditions
    assert gb.of("P1", "procedure_occurrence", "procedure_concept_id, quantity") == [(4082735, 1)]


def test_an_entry_belongs_to_the_visit_of_its_own_day(gb: Build):
    """M4 was entered in a consultation of the day before: no part of that visit. Unknown staff is null."""
    rows = gb.of(
        "P1",
        "condition_occurrence",
        "condition_source_value, condition_start_date, visit_detail_id, provider_id",
    )
    linked = {(code, date): (visit, provider) for code, date, visit, provider in rows}
    assert linked["G20..00", dt.date(2024, 1, 2)] == (key("C2"), key("S1"))
    assert linked["E11.2", dt.date(2024, 1, 3)] == (None, None)
    assert linked["F..0.00", dt.date(2024, 1, 3)] == (None, None)


def test_consultations_of_a_day_are_one_visit(gb: Build):
    """The general practitioner speaks for the day; a consultation of unknown kind is an outpatient visit."""
    visits = gb.of(
        "P1", "visit_occurrence", "visit_start_date, visit_concept_id, visit_source_value, provider_id"
    )
    assert visits == [
        (dt.date(2024, 1, 2), 9202, "009", key("S1")),
        (dt.date(2024, 2, 2), 9202, "777", None),
    ]
    details = gb.of("P1", "visit_detail", "visit_detail_source_value, visit_detail_concept_id")
    assert details == [("009", 9202), ("021", 5083), ("777", 9202)]


def test_a_provider_has_the_concept_of_its_role(gb: Build):
    """A role nobody mapped is 0; no role and no specialty is null."""
    rows = gb.query(
        "select provider_source_value, specialty_concept_id, gender_concept_id from provider order by 1"
    )
    assert rows == [("S1", 38004446, 8532), ("S2", 38004487, 8507), ("S3", 0, None), ("S4", None, None)]


def test_days_of_supply_are_those_delivered_and_the_end_date_the_best_guess(gb: Build):
    """999 delivered days are not believed: 60 tablets at two a day are 30 days."""
    columns = "drug_concept_id, drug_exposure_start_date, drug_exposure_end_date"
    rows = gb.of("P1", "drug_exposure", f"{columns}, days_supply, refills, sig, drug_source_value")
    assert rows == [
        (0, dt.date(2024, 1, 2), dt.date(2024, 1, 2), None, None, None, "4403"),
        (974166, dt.date(2024, 1, 2), dt.date(2024, 1, 29), 28, None, None, "4402"),
        (1308216, dt.date(2024, 1, 2), dt.date(2024, 1, 29), 28, None, None, "4402"),
        (40163924, dt.date(2024, 1, 2), dt.date(2024, 1, 29), 28, 4, "one twice a day", "4401"),
        (40163924, dt.date(2024, 2, 2), dt.date(2024, 3, 2), None, None, "one twice a day", "4401"),
        (40213154, dt.date(2024, 1, 2), dt.date(2024, 1, 2), None, None, None, "1002090000"),
    ]


def test_exposures_of_an_ingredient_within_30_days_are_one_era(gb: Build):
    """Products roll up to ingredients; what has no concept is in no era."""
    rows = gb.of(
        "P1",
        "drug_era",
        "drug_concept_id, drug_era_start_date, drug_era_end_date, drug_exposure_count, gap_days",
    )
    assert (1503297, dt.date(2024, 1, 2), dt.date(2024, 3, 2), 2, 3) in rows
    assert 0 not in {row[0] for row in rows}


def test_a_condition_recorded_again_within_30_days_is_one_era(gb: Build):
    """M1 ends on the 20th, M10 is that day; M11 comes after 60 days."""
    rows = gb.of(
        "P1", "condition_era", "condition_concept_id, condition_era_start_date, condition_era_end_date"
    )
    assert [row[1:] for row in rows if row[0] == 320128] == [
        (dt.date(2024, 1, 2), dt.date(2024, 1, 20)),
        (dt.date(2024, 3, 20), dt.date(2024, 3, 20)),
    ]


def test_measurements_keep_value_operator_unit_and_range_as_delivered(gb: Build):
    """A blood pressure is two rows; the unit is null where none was written; text stays text."""
    columns = "measurement_concept_id, value_as_number, operator_concept_id, unit_concept_id"
    rows = gb.of("P1", "measurement", f"{columns}, unit_source_value, range_low")
    assert rows == [
        (3000963, 9.5, 4171756, 8713, "g/dL", None),
        (3000963, 13.5, 4172703, 8713, "MEA061", 11.5),
        (3004249, 120.0, None, 8876, None, None),
        (3004249, 125.0, None, 8876, None, None),
        (3012888, 80.0, None, 8876, None, None),
        (3025315, 80.0, None, 9529, None, None),
        (3038553, 26.1, None, 9531, None, None),
    ]


def test_smoking_deprivation_and_unmapped_tests_are_observations(gb: Build):
    """Former smoker; Townsend fifth 4; a local test nobody mapped keeps its text."""
    columns = "observation_source_value, observation_concept_id"
    rows = gb.of("P1", "observation", f"{columns}, value_as_number, value_as_string, value_as_concept_id")
    assert ("1003040000", 43054909, None, "D", 4310250) in rows
    assert ("pvi:townsend", 0, 4.0, "U12345123454", None) in rows
    assert ("ODD", 0, None, "trace", None) in rows
    assert gb.of("P2", "observation", "value_as_number, value_source_value") == [(None, "X")]


def test_the_certainty_of_a_german_diagnosis_decides_what_it_is(de: Build):
    """G and V are conditions, A and Z observations; a German code finds its international parent."""
    conditions = de.of(
        "CERTAIN",
        "condition_occurrence",
        "condition_source_value, condition_concept_id, condition_status_concept_id",
    )
    assert conditions == [("E11.90!", 201826, 32893), ("I10", 320128, 32893), ("I10", 320128, 32899)]
    observations = de.of(
        "CERTAIN", "observation", "observation_concept_id, value_as_concept_id, qualifier_source_value"
    )
    assert observations == [(320128, 9189, "A"), (1340204, 320128, "Z")]


def test_a_silence_of_548_days_splits_the_observation_of_a_person(de: Build):
    """A person whose events all lie before the practice's start is not loaded."""
    periods = de.of(
        "SPLIT", "observation_period", "observation_period_start_date, observation_period_end_date"
    )
    assert periods == [
        (dt.date(2020, 1, 1), dt.date(2020, 3, 1)),
        (dt.date(2021, 7, 2), dt.date(2021, 8, 31)),
    ]
    assert de.of("SILENT", "person", "person_id") == []


def test_what_was_prescribed_and_dispensed_is_kept_apart(fr: Build):
    """Both are loaded; eras count what was dispensed, for as long as it was prescribed or usually is."""
    rows = fr.of(
        "P1",
        "drug_exposure",
        "drug_type_concept_id, drug_exposure_start_date, drug_exposure_end_date, quantity",
    )
    assert rows == [
        (32825, dt.date(2024, 1, 5), dt.date(2024, 2, 3), 1.0),
        (32825, dt.date(2024, 2, 5), dt.date(2024, 2, 18), 2.0),
        (32838, dt.date(2024, 1, 2), dt.date(2024, 1, 31), None),
        (32838, dt.date(2024, 3, 2), dt.date(2024, 3, 15), None),
    ]
    eras = fr.of("P1", "drug_era", "drug_era_start_date, drug_era_end_date, drug_exposure_count, gap_days")
    assert eras == [(dt.date(2024, 1, 5), dt.date(2024, 2, 18), 2, 1)]


def test_the_source_of_a_build_is_named(gb: Build):
    """Release of the source and of the CDM come from the snapshot and the manifest, never from the clock."""
    columns = (
        "cdm_source_abbreviation, source_release_date, cdm_release_date, cdm_version, vocabulary_version"
    )
    assert gb.query(f"select {columns} from cdm_source") == [
        ("THINLIKE_GB", dt.date(2024, 3, 31), dt.date(2024, 4, 1), "v5.4", "test")
    ]


def test_a_place_is_a_region_and_nothing_finer(gb: Build):
    """Practices are care sites in a region."""
    rows = gb.query(
        "select location_source_value, country_source_value, zip, latitude from location order by 1"
    )
    assert rows == [("UKI", "GB", None, None), ("UKJ", "GB", None, None)]
    sites = gb.query("select care_site_source_value, location_id from care_site order by 1")
    assert sites == [("PR1", stable_id("GB", "location", "UKI")), ("PR2", stable_id("GB", "location", "UKJ"))]
