"""The policy of retention: `policy.yaml`, or a file of an operator's own."""

from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from thin_assets.errors import SettingsError

DEFAULT = Path(__file__).with_name("policy.yaml")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Earlier(_Part):
    """How many of what came before stay beside what is current."""

    earlier: int = Field(ge=0)


class Days(_Part):
    """How old something must be before it may go."""

    days: int = Field(ge=1)


class Months(_Part):
    """How many months back from the newest stay; null: all that a build stands on."""

    months: int | None = Field(ge=1)


class Versions(_Part):
    """Of published tables: for how long, and how many of each partition that a recall could put back."""

    days: int = Field(ge=1)
    earlier: int = Field(ge=1)


class Policy(_Part):
    """What stays."""

    builds: Earlier
    raw: Months
    candidates: Days
    vocabularies: Days
    leftovers: Days
    published: Versions

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """A policy file; default: the project's. Raises SettingsError with what cannot be read."""
        file = path or DEFAULT
        try:
            return cls.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError) as error:
            raise _refused(file, type(error).__name__) from error
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
            raise _refused(file, fields) from error


def _refused(file: Path, what: str) -> SettingsError:
    return SettingsError(
        f"the policy of retention cannot be read: {what}",
        where=str(file),
        remedy="every part of thin_assets/operations/retention/policy.yaml must be there; "
        "see docs/how-to/tidy-the-lake.md",
    )
