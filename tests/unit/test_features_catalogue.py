"""The catalogue says what features are, and refuses what could be mistaken."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from thin_assets.errors import CatalogueRefused
from thin_assets.features.catalogue import Catalogue, catalogue, covariate_template, read_catalogue
from thin_assets.features.reference import DOMAINS, analysis_reference

SMALL = {
    "families": [
        {
            "name": "condition",
            "events": "condition",
            "measure": "presence",
            "missing_means_zero": True,
            "covariate_name": "condition {concept}, {window}",
            "description": "a diagnosis",
            "analyses": [{"id": 101, "name": "Any"}, {"id": 102, "name": "Long", "days": 365}],
        }
    ],
    "splits": {"salt": "s", "train": 80, "tuning": 10, "held_out": 10, "temporal_cuts": [2015]},
    "wide": {"fewest_entries": 10, "most_columns": 100},
}

ONE = {"id": 1, "name": "Aa"}


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Catalogue]:
    """A catalogue with one family, changed as a test asks."""

    def written(**changes: object) -> Catalogue:
        told = {**SMALL, "families": [{**SMALL["families"][0], **changes}]}
        path = tmp_path / "catalogue.yaml"
        path.write_text(yaml.safe_dump(told), encoding="utf-8")
        return read_catalogue(path)

    return written


def test_a_small_catalogue_is_read(read) -> None:
    assert [one.window for one in read().families[0].analyses] == ["any time before", "365 days before"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"analyses": [{"id": 101, "name": "Aa"}, {"id": 101, "name": "Bb", "days": 3}]},
            "ids given twice: 101",
        ),
        (
            {"analyses": [{"id": 1, "name": "Aa"}, {"id": 2, "name": "Aa", "days": 3}]},
            "names given twice: Aa",
        ),
        ({"analyses": [{"id": 1, "name": "Aa"}, {"id": 2, "name": "Bb"}]}, "covariate names given twice"),
        ({"analyses": [{"id": 1000, "name": "Aa"}]}, "less than or equal to 999"),
        ({"analyses": [{"id": 1, "name": "Aa", "days": 90, "lag": 90}]}, "ends before it begins"),
        ({"analyses": []}, "at least 1 item"),
        ({"covariate_name": "condition {window}"}, "must hold {concept}"),
        ({"covariate_name": "condition {concept}"}, "must hold {window}"),
        ({"by_unit": True}, "must hold {unit}"),
        ({"rollup": "ancestor"}, "belong to the rollups"),
        ({"rollup": "score", "score": [[1]]}, "weight and ancestors"),
        ({"rollup": "score", "score": [[1, 7], [2, 7]]}, "one group of a score only"),
        ({"events": "rumour"}, "families.0.events"),
        ({"colour": "red"}, "families.0.colour"),
    ],
)
def test_what_could_be_mistaken_is_refused_by_name(read, changes: dict, told: str) -> None:
    with pytest.raises(CatalogueRefused) as raised:
        read(**changes)
    assert told in raised.value.what
    assert "add-a-feature" in raised.value.remedy


def test_splits_add_up_to_a_hundred(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.yaml"
    path.write_text(yaml.safe_dump({**SMALL, "splits": {**SMALL["splits"], "train": 90}}), encoding="utf-8")
    with pytest.raises(CatalogueRefused, match="100"):
        read_catalogue(path)


def test_every_family_that_was_asked_for_is_there() -> None:
    names = {family.name for family in catalogue().families}
    assert names >= {
        *("sex", "age", "condition", "condition_group", "condition_icd10", "drug", "drug_atc", "measurement"),
        *("measurement_count", "measurement_value", "measurement_slope", "procedure", "observation", "visit"),
        *("smoking", "bmi", "charlson", "time_since_condition", "time_since_drug"),
    }


def test_windows_end_on_the_day_before_the_index_unless_a_lag_moves_them() -> None:
    reference = analysis_reference(catalogue())
    ends = dict(reference.select("analysis_id", "end_day").rows())
    assert {ends[number] for number in (101, 302, 705, 920)} == {-1}
    assert (ends[111], ends[112]) == (-91, -366)
    assert set(reference["lag"]) == {0, 90, 365}


def test_every_analysis_says_what_a_missing_row_means() -> None:
    reference = analysis_reference(catalogue())
    zero = dict(reference.select("family", "missing_means_zero").rows())
    assert zero["condition"] and zero["visit"]
    assert not zero["measurement_value"] and not zero["age"] and not zero["time_since_drug"]
    assert reference["description"].null_count() == 0


def test_every_stream_has_a_domain_and_every_covariate_its_own_name() -> None:
    pairs = catalogue().analyses().values()
    assert {family.events for family, _ in pairs} == set(DOMAINS)
    assert len({covariate_template(*pair) for pair in pairs}) == len(pairs)
