"""manifest.json: what the provider says it delivered.

Fields are described where they stand; docs/reference lists them. An error names fields, never what they hold.
"""

import datetime as dt
import hashlib
from pathlib import Path, PurePosixPath
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import WrongLayout
from thin_assets.landing.arrivals import MANIFEST
from thin_assets.landing.contract import place

REMEDY = "ask the provider for a manifest of the agreed shape; see docs/how-to/handle-a-rejected-delivery.md"


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or "\\" in path or not parts:
        raise ValueError("not a relative path inside the delivery")
    return path


Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class FileEntry(BaseModel, frozen=True):
    """One data file."""

    table: str = Field(min_length=1, description="table of the layout that the file belongs to")
    path: Annotated[str, AfterValidator(_inside)] = Field(
        description="relative to the manifest, with slashes"
    )
    rows: int = Field(ge=0, description="records, without the header")
    sha256: Sha256 = Field(description="of the file's bytes as delivered (compressed)")
    columns: list[str] = Field(min_length=1, description="column names in the order of the file")
    unread: list[str] = Field([], description="columns of it that are not in the layout and stay unread")


class Manifest(BaseModel, frozen=True):
    """A whole delivery: one country, one month, everything known by then."""

    layout_version: str = Field(description="name of a known layout, such as thin-v1 or omop-cdm-5.4")
    country: str = Field(description="two capital letters")
    snapshot_month: Month = Field(description="the month that the delivery closes")
    collection_cutoff: dt.date = Field(description="last day that may occur: the last of the month")
    generated_at: dt.datetime = Field(description="when the provider wrote it")
    seed: int | None = Field(None, description="synthetic deliveries only")
    generator_version: str | None = Field(None, description="synthetic deliveries only")
    previous_snapshot: Month | None = Field(None, description="the delivery that this one grew from")
    files: list[FileEntry] = Field(min_length=1, description="every data file, none else may lie there")
    practices_joined: list[str] = Field([], description="delivered practice keys new since the previous one")
    practices_left: list[str] = Field([], description="delivered practice keys that will not come again")
    code_system_versions: dict[str, str] = Field({}, description="release of each code system used")
    holder: str | None = Field(None, max_length=80, description="organisation that holds the records")
    contains_free_text: bool = Field(
        False, description="True refuses the delivery unless restricted text bundles are taken in"
    )

    @property
    def origin(self) -> dict[str, str]:
        """Who holds the records and what wrote them: `SYNTHETIC` is what a generator has made."""
        is_synthetic = self.seed is not None or self.generator_version is not None
        told = {
            "holder": self.holder or ("SYNTHETIC" if is_synthetic else "unknown"),
            "seed": self.seed,
            "generator_version": self.generator_version,
        }
        return {name: str(value) for name, value in told.items() if value is not None}

    @model_validator(mode="after")
    def _paths_are_unique(self) -> Self:
        paths = [file.path for file in self.files]
        if len(set(paths)) < len(paths):
            raise ValueError("a path is listed twice")
        return self


def read_manifest(folder: Path, snapshot: Snapshot) -> tuple[Manifest, str]:
    """The manifest of a delivery and its delivery id. Raises WrongLayout, naming the fields at fault."""
    data = (folder / MANIFEST).read_bytes()
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        raise WrongLayout(
            f"the manifest cannot be read: {_faults(error)}", where=place(snapshot, MANIFEST), remedy=REMEDY
        ) from None
    return manifest, hashlib.sha256(data).hexdigest()


def _faults(error: ValidationError, at_most: int = 6) -> str:
    """Fields and kinds of fault: neither pydantic's messages nor its inputs, which repeat what was read."""
    faults = [f"{'.'.join(map(str, item['loc'])) or 'document'} ({item['type']})" for item in error.errors()]
    more = f" and {len(faults) - at_most} more" if len(faults) > at_most else ""
    return ", ".join(faults[:at_most]) + more
