"""The clinical dictionary says what SQL finds: the generator counts on it, and the truth file with it."""

import re
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from thin_assets.domain.countries import COUNTRIES, VOCABULARIES
from thin_assets.synthetic import codes
from thin_assets.synthetic.codes import products
from thin_assets.vocabulary import DEMO, load_bundle, project_maps

DRUGS = {row["notion"]: row for row in codes.read("drugs")}
CODED = [system for system in VOCABULARIES if system not in codes.LOCAL_THESAURI]
"""Code systems whose meaning a vocabulary tells: a local thesaurus is read through its delivered list."""

SYSTEMS = [*CODED, "ATC", *codes.TEST_COLUMNS]
LOOK_UPS = [
    "THINLIKE_CONSTYPE",
    "THINLIKE_PVI",
    "THINLIKE_ROLE",
    "THINLIKE_SPECIALTY",
    "THINLIKE_ROUTE",
    "THINLIKE_UNIT",
]

MAPPED_BY_SQL = """
    with known as (

        select concept.vocabulary_id, concept.concept_code as code, target.concept_id, 1 as preference
        from concept
        inner join concept_relationship as link
            on concept.concept_id = link.concept_id_1 and link.relationship_id = 'Maps to'
        inner join concept as target on link.concept_id_2 = target.concept_id
        where target.standard_concept = 'S'

        union all

        select map.source_vocabulary_id, map.source_code, target.concept_id, 2
        from source_to_concept_map as map
        inner join concept as target on map.target_concept_id = target.concept_id
        where target.standard_concept = 'S'

    ),

    ranked as (

        select
            *,
            rank() over (partition by code order by list_position(?, vocabulary_id), preference) as place
        from known
        where vocabulary_id = any(?)

    )

    select code, list(distinct concept_id order by concept_id)
    from ranked
    where place = 1
    group by code
"""
"""What dbt does: the best vocabulary that maps a code decides, and the project's maps come last."""


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The demo vocabulary, loaded."""
    folder = tmp_path_factory.mktemp("vocabulary")
    load_bundle(DEMO, project_maps(), folder, duckdb.connect())
    con = duckdb.connect()
    for path in folder.glob("*.parquet"):
        con.execute(f"create view {path.stem} as from read_parquet('{path}')")
    return con


@pytest.mark.parametrize("system", SYSTEMS + LOOK_UPS)
def test_every_code_of_the_dictionary_maps_as_the_vocabulary_says(
    vocabulary: duckdb.DuckDBPyConnection, system: str
) -> None:
    names = list(VOCABULARIES.get(system, (system,)))
    found = {code: tuple(ids) for code, ids in vocabulary.execute(MAPPED_BY_SQL, [names, names]).fetchall()}
    assert {code: found.get(code, ()) for code in codes.codes(system)} == {
        code: codes.targets(system, code) for code in codes.codes(system)
    }


@pytest.mark.parametrize("column", sorted(set(codes.DIAGNOSIS_COLUMNS.values())))
def test_a_diagnosis_code_belongs_to_one_notion(column: str) -> None:
    used = Counter(row[column] for row in codes.read("diagnoses") if row[column])
    assert [code for code, times in used.items() if times > 1] == []


@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("diagnoses", "notion"),
        ("drugs", "notion"),
        ("drugs", "atc"),
        ("tests", "notion"),
        ("tests", "ahdcode"),
    ],
)
def test_a_key_of_the_dictionary_is_unique(file: str, column: str) -> None:
    values = [row[column] for row in codes.read(file) if row[column]]
    assert len(values) == len(set(values))


def test_one_code_may_stand_for_two_concepts() -> None:
    assert codes.targets("ICD10", "K29") == (201340, 433516)
    assert len([code for code in codes.codes("ICD10") if len(codes.targets("ICD10", code)) > 1]) >= 4


def test_codes_that_nobody_mapped_stay_without_a_concept() -> None:
    for system in ("READ2", "SNOMED", "ICD10", "ICD9CM", "ICPC2"):
        unmapped = [code for code in codes.codes(system) if not codes.targets(system, code)]
        assert len(unmapped) >= 4, system


def test_read_codes_that_differ_by_letter_case_differ_in_meaning() -> None:
    assert codes.targets("READ2", "H33..00") == (317009,)
    assert codes.targets("READ2", "h33..00") == ()


def test_a_code_nobody_knows_has_no_target_and_a_code_system_nobody_knows_is_an_error() -> None:
    assert codes.targets("ICD10", "never heard of") == ()
    with pytest.raises(KeyError):
        codes.targets("THINLIKE_NONSENSE", "001")


def test_spain_reads_some_codes_by_its_own_edition() -> None:
    """ICD-10-ES follows ICD-10-CM, where F32.9 is major depression; elsewhere it is any depression."""
    assert codes.targets("ICD10", "F32.9") == codes.targets("ICD10GM", "F32.9") == (440383,)
    assert codes.targets("ICD10ES", "F32.9") == (4282096,)


def test_every_country_can_record_the_notions_that_studies_ask_for() -> None:
    wanted = {
        "type_2_diabetes", "hypertension", "copd", "asthma", "depression", "anxiety", "essential_tremor",
        "multiple_sclerosis", "alzheimer", "lung_cancer", "breast_cancer", "prostate_cancer", "colon_cancer",
        "pancreatic_cancer", "melanoma", "haemoptysis", "weight_loss", "cough", "appetite_loss",
        "rectal_bleeding", "jaundice", "abdominal_pain", "fatigue", "constipation", "syncope", "hearing_loss",
        "memory_loss", "spondylosis", "severe_stress_reaction", "iron_deficiency_anaemia",
        "sexual_dysfunction",
        "cystitis",
        "urinary_tract_infection", "crohn", "lupus", "chronic_pancreatitis", "bowel_habit_change",
        "diarrhoea",
        "nausea", "low_back_pain", "urinary_frequency",
    }  # fmt: skip
    rows = {row["notion"]: row for row in codes.read("diagnoses")}
    systems = {coding.system for country in COUNTRIES.values() for coding in country.diagnoses}
    vocabularies = systems - codes.LOCAL_THESAURI.keys()
    columns = {codes.DIAGNOSIS_COLUMNS[system] for system in vocabularies} - {"icpc2"}
    assert wanted <= rows.keys()
    assert [(notion, column) for notion in wanted for column in columns if not rows[notion][column]] == []


def test_every_reason_to_prescribe_is_a_notion() -> None:
    notions = {row["notion"] for row in codes.read("diagnoses")}
    assert {row["indication"] for row in codes.read("drugs")} <= notions


def test_the_inhalers_of_the_persistence_study_are_there() -> None:
    triple = {"R03AL08", "R03AL09", "R03AL11"}
    components = {"R03BA01", "R03BA02", "R03BA05", "R03AC12", "R03AC13", "R03BB04", "R03BB06", "R03BB07"}
    assert triple | components <= set(codes.codes("ATC"))


def test_a_read_code_has_seven_characters_and_a_datatype_follows_from_its_kind() -> None:
    kinds = {
        "condition": "01", "symptom": "01", "social": "02", "procedure": "03", "referral": "04",
        "admin": "05",
        "immunisation": "06", "family_history": "07",
    }  # fmt: skip
    for row in codes.read("diagnoses"):
        assert row["datatype"] == kinds[row["kind"]], row["notion"]
        assert not row["read2"] or len(row["read2"]) == 7, row["notion"]
        assert not row["icd10"] or re.fullmatch(r"[A-Z]\d\d(\.\d)?|LOC\d\d", row["icd10"]), row["notion"]


def test_packs_and_doses_are_positive_numbers() -> None:
    for row in codes.read("drugs"):
        assert 0 < float(row["daily_units"]) <= float(row["pack_units"]), row["notion"]
        if row["atc"]:
            assert float(row["strength_num"]) > 0 and row["strength_unit"], row["notion"]
            assert codes.targets("THINLIKE_ROUTE", row["route"]) or row["route"] == "sublingual", row[
                "notion"
            ]


def test_a_drug_counted_in_millilitres_is_taken_in_millilitres() -> None:
    """Strength a millilitre times units a day is the dose of a day only if both count the same thing."""
    doses = {
        row["notion"]: float(row["strength_num"]) * float(row["daily_units"])
        for row in codes.read("drugs")
        if row["strength_unit"] == "units/ml"
    }
    assert doses == {"insulin_aspart": 30, "insulin_glargine": 20}


def test_every_way_of_knowing_a_product_occurs() -> None:
    """Listed with its class, by the class alone, by our own map, by its generic name, and not at all."""
    known_by = Counter(row["known_by"] for row in codes.read("drugs"))
    assert known_by.keys() == {"atc", "class", "code", "name", "nothing"}
    assert known_by["atc"] > 0.8 * known_by.total()


@pytest.mark.parametrize("system", products.SYSTEMS)
def test_a_product_maps_by_the_first_that_knows_it(system: str) -> None:
    """Our map of product codes, the class beside the prescription, the listed class, the generic name."""

    def pack(notion: str) -> str:
        return products.product_code(system, DRUGS[notion], 1)

    assert products.product_targets(system, pack("amlodipine"), "C08CA01") == (1332419,)
    assert products.product_targets(system, pack("metformin"), None) == (1503297,)
    assert products.product_targets(system, pack("digoxin"), None) == ()
    assert products.product_targets(system, pack("digoxin"), "C01AA05") == (1326303,)
    assert products.product_targets(system, pack("loratadine"), None) == (1107830,)
    assert products.product_targets(system, pack("glucose_meter"), None) == (4224372,)
    assert products.product_targets(system, pack("compounded_cream"), None) == ()


def test_a_shorter_spelling_of_a_product_code_is_the_same_product() -> None:
    whole = products.product_code("PZN", DRUGS["glucose_meter"], 0)
    assert (len(whole), len(products.spelled("PZN", whole, 7))) == (8, 7)
    assert products.product_targets("PZN", products.spelled("PZN", whole, 7), None) == (4224372,)


@pytest.mark.parametrize("system", products.SYSTEMS)
def test_every_product_has_a_code_of_its_own(system: str) -> None:
    made = [products.product_code(system, drug, number) for drug in codes.read("drugs") for number in (0, 1)]
    assert len(made) == len(set(made))


def test_the_last_digit_of_a_cip13_checks_the_others() -> None:
    for drug in codes.read("drugs"):
        digits = [int(digit) for digit in products.product_code("CIP13", drug, 0)]
        assert len(digits) == 13 and (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0


@pytest.mark.parametrize("system", ["ICD10GM", "ICD10ES", "CIM10"])
def test_a_national_spelling_means_what_the_vocabulary_says_of_it_or_of_its_parent(
    vocabulary: duckdb.DuckDBPyConnection, system: str
) -> None:
    """The closest code that the vocabulary maps decides: E11.90, E11.9, E11; marks and dots do not matter."""
    names = list(VOCABULARIES[system])
    found = {code: tuple(ids) for code, ids in vocabulary.execute(MAPPED_BY_SQL, [names, names]).fetchall()}
    for code in codes.codes(system):
        told = codes.spelled(system, code)
        plain = re.sub("[^A-Za-z0-9]", "", told)
        whole = f"{plain[:3]}.{plain[3:]}".rstrip(".")
        ancestors = [whole[:length].rstrip(".") for length in range(len(whole), 2, -1)]
        closest = next((found[name] for name in ancestors if name in found), ())
        assert codes.targets(system, told) == (closest or codes.targets(system, code)), told


@pytest.mark.parametrize("system", codes.LOCAL_THESAURI)
def test_a_local_thesaurus_has_a_code_for_every_notion_of_icd_10(system: str) -> None:
    rows = [row for row in codes.read("diagnoses") if codes.is_icd10(row["icd10"])]
    local = [codes.local_code(system, row["notion"]) for row in rows]
    assert len(set(local)) == len(local)
    assert [codes.targets(system, code) for code in local] == [
        codes.targets("ICD10", row["icd10"]) for row in rows
    ]


def test_a_test_lies_within_its_limits_and_speaks_of_known_units() -> None:
    for row in codes.read("tests"):
        for low, mean, high in zip(*(row[name].split(";") for name in ("low", "mean", "high")), strict=True):
            assert not mean or float(low) < float(mean) < float(high), row["notion"]
        if row["unit"]:
            assert codes.targets("THINLIKE_UNIT", row["unit"]) == (int(row["unit_concept_id"]),), row[
                "notion"
            ]
        if row["alt_unit"]:
            assert codes.targets("THINLIKE_UNIT", row["alt_unit"]) and float(row["alt_factor"]) > 0, row[
                "notion"
            ]


def test_blood_pressure_and_weight_carry_two_values() -> None:
    assert codes.targets("THINLIKE_AHD", "1005010500") == (3004249, 3012888)
    assert codes.targets("THINLIKE_AHD", "1005010200") == (3025315, 3038553)


def test_the_dictionary_files_are_plain_text_without_surprises() -> None:
    for path in Path(codes.__file__).parent.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        assert text.endswith("\n") and "\r" not in text and "\t" not in text, path.name
