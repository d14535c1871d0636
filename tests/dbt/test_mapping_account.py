"""The account of codes: what each was mapped to, at which level, and how much it concerns."""

import pytest

from tests.spec.builds import Build
from thin_assets.domain.countries import COUNTRIES


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_loaded_record_is_counted_under_its_code(every_build: dict[str, Build], country: str):
    """Records of events are the rows that source tables became; visits and notes are counted elsewhere."""
    build = every_build[country]
    derived = "('visit_detail', 'person', 'care_site', 'provider', 'note')"
    routed = build.query(
        f"select source_table, sum(rows)::int from routing where cdm_table not in {derived} group by 1"
    )
    counted = build.query(
        "select source_table, sum(records)::int from mapping where kind = 'event' group by 1"
    )
    assert dict(counted) == dict(routed)


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_code_has_one_row_for_each_concept(every_build: dict[str, Build], country: str):
    """The grain: source table, kind, system, code, its own concept and the target."""
    rows, distinct = every_build[country].query(
        """
        select count(*), count(distinct (source_table, kind, code_system, source_code, target_concept_id))
        from mapping
        """
    )[0]
    assert rows == distinct > 0


@pytest.mark.parametrize("country", COUNTRIES)
def test_unmapped_is_concept_0_and_nothing_else(every_build: dict[str, Build], country: str):
    """An unmapped code is counted under the domain of its table; persons never exceed records."""
    wrong = every_build[country].query(
        "select * from mapping where (target_concept_id = 0) <> (level = 'unmapped') or persons > records"
    )
    assert wrong == []


def test_a_code_is_told_with_its_domain_and_level(every_build: dict[str, Build]):
    """A few codes of the rules."""
    columns = "distinct source_code, domain, target_concept_id, level"
    told = set(every_build["GB"].query(f"select {columns} from mapping"))
    assert {
        ("4420", "Device", 4224372, "source_to_concept_map"),
        ("1001410000", "Specimen", 4046280, "source_to_concept_map"),
        ("cough", "Condition", 254761, "lexicon"),
    } <= told
