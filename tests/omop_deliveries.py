"""Tiny deliveries in OMOP layout: a test writes the CDM files that matter."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.deliveries import MARCH
from tests.unpacking import SECRET
from thin_assets.domain.identity import key_of, pseudonym
from thin_assets.domain.snapshot import Snapshot
from thin_assets.landing.omop_layout import LaidDown, delivery_from_folder

PERSON = "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id"
CONDITION = (
    "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_type_concept_id"
)


def lay_down(
    tmp_path: Path, files: Mapping[str, str], snapshot: Snapshot = MARCH, **options: Any
) -> LaidDown:
    """A delivery made of a folder of CDM files; a person is added where none is given."""
    source = tmp_path / "source"
    source.mkdir(exist_ok=True)
    given = {"PERSON.csv": f"{PERSON}\n1,8507,1950,0,0\n"} | dict(files)
    for name, text in given.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return delivery_from_folder(source, snapshot, tmp_path / "deliveries", **options)


def cdm(tmp_path: Path, files: Mapping[str, str], snapshot: Snapshot = MARCH, **options: Any) -> Path:
    """The folder of such a delivery."""
    return lay_down(tmp_path, files, snapshot, **options).folder


def our(key: str, delivered: int, country: str = "GB", secret: bytes = SECRET) -> int:
    """Our id for a delivered one: `key` is the primary key that it is, or refers to."""
    return key_of(pseudonym(secret, key, country, str(delivered)))
