"""What a recorded concept stands for: shared by features and studies, so that both count the same."""

import ibis
import pytest

from tests.cdm import open_cdm, write_cdm, write_vocabulary
from thin_assets.rollups.hierarchy import above, atc_classes, ingredients, with_descendants
from thin_assets.rollups.icd10 import categories_of_codes, categories_of_concepts, symptoms, whole_categories

CONCEPTS = """
    concept_id | concept_name  | domain_id | concept_class_id | vocabulary_id | concept_code
    100        | asthma        | Condition | Disorder         | SNOMED        | c100
    101        | cough         | Condition | Clinical Finding | SNOMED        | c101
    501        | J45           | Condition | ICD10 Hierarchy  | ICD10         | J45
    503        | J45.0 of DE   | Condition | ICD10 code       | ICD10GM       | J45.0
    506        | R05.1         | Condition | ICD10 code       | ICD10         | R05.1
    200        | metformin     | Drug      | Ingredient       | RxNorm        | d200
    210        | a pack        | Drug      | Clinical Drug    | RxNorm        | d210
    700        | biguanides    | Drug      | ATC 4th          | ATC           | A10BA
    701        | antidiabetics | Drug      | ATC 2nd          | ATC           | A10
"""
BELOW = "ancestor_concept_id | descendant_concept_id\n200 | 210\n700 | 210\n700 | 200\n701 | 700\n701 | 210"
MAPS = """
    concept_id_1 | concept_id_2 | relationship_id
    503          | 100          | Maps to
    506          | 101          | Maps to
    100          | 100          | Maps to
"""


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("rollups")
    con = open_cdm(write_cdm(folder / "build"), write_vocabulary(folder / "words", CONCEPTS, BELOW, MAPS))
    backend = ibis.duckdb.from_connection(con)
    names = ("concept", "concept_ancestor", "concept_relationship")
    return {name: backend.table(name, database="cdm") for name in names}


def rows(table) -> set:
    return set(table.to_polars().iter_rows())


def test_codes_of_national_editions_belong_to_the_category_of_icd10_itself(cdm: dict) -> None:
    assert rows(categories_of_codes(cdm)) == {(501, 501), (503, 501)}
    assert rows(whole_categories(cdm)) == {(501, "J45")}


def test_a_concept_belongs_to_the_categories_of_what_maps_to_it(cdm: dict) -> None:
    assert rows(categories_of_concepts(cdm)) == {(100, 501)}


def test_a_symptom_is_what_codes_of_chapter_r_alone_map_to(cdm: dict) -> None:
    assert rows(symptoms(cdm)) == {(101,)}


def test_a_pack_belongs_to_its_ingredient_and_to_every_class_above(cdm: dict) -> None:
    assert rows(above(cdm, ingredients(cdm))) == {(200, 200), (210, 200)}
    assert rows(above(cdm, atc_classes(cdm, ["ATC 4th"]))) == {(700, 700), (200, 700), (210, 700)}
    assert rows(above(cdm, atc_classes(cdm, ["ATC 2nd"]))) == {(701, 701), (700, 701), (210, 701)}


def test_a_concept_that_the_vocabulary_does_not_know_is_its_own_descendant(cdm: dict) -> None:
    assert rows(with_descendants(cdm, (200, 999))) == {(200,), (210,), (999,)}


def test_features_and_studies_read_the_same_categories(cdm: dict) -> None:
    from thin_assets.features.catalogue import catalogue
    from thin_assets.features.rollups import rollup_of

    family = next(one for one in catalogue().families if one.rollup == "icd10_3")
    assert rows(rollup_of(family, cdm)) == rows(categories_of_codes(cdm))
