"""The environment, read once: where the home is, how much memory, which vocabulary, which key.

Every setting has an environment variable `THIN_<NAME>`; docs/reference/settings.md lists them.
"""

import os
import re
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, ValidationError

from thin_assets.errors import MissingSecret, SettingsError

PREFIX = "THIN_"
PARQUET_KEY = f"{PREFIX}PARQUET_KEY"
"""Variable of the key that raw is encrypted with; dbt is told the key in the same one."""

SHORTEST_KEY = 32
"""Characters of a project's key: fewer could be tried out."""

_KEY_OF_256_BITS = re.compile("[0-9A-Fa-f]{64}")

DEMO_VOCABULARY = Path(__file__).parent / "vocabulary" / "demo"


class Settings(BaseModel, frozen=True):
    """What an operator decides. Paths are absolute after loading."""

    home: Path = Field(
        Path("thin-home"), description="folder of deliveries, lake, published tables and instance"
    )
    vocabulary: Path = Field(
        DEMO_VOCABULARY, description="folder of an Athena bundle; default: the small demo one"
    )
    maps: Path | None = Field(None, description="folder of reviewed maps; default: home/maps")
    cohorts: Path | None = Field(
        None, description="folder of ATLAS definitions of your own; default: home/cohorts"
    )
    plans: Path | None = Field(
        None,
        description="folder of the statements that cohorts are compiled to, once; homes may share it; "
        "default: home/lake/cohort_plans",
    )
    studies: Path | None = Field(None, description="folder of studies of your own; default: home/studies")
    memory_limit: str = Field("3GB", description="memory of one DuckDB connection before it spills to disk")
    threads: int = Field(2, ge=1, description="threads of one DuckDB connection")
    max_rejected_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="share of a table's rows that may be unreadable before the partition stops",
    )
    text_bundles: Path | None = Field(
        None, description="folder of restricted text bundles; unset: free text is refused"
    )
    max_concurrent_runs: int = Field(2, ge=1, description="partition runs at once under the Dagster daemon")
    secret_file: Path | None = Field(
        None, description="file of the pseudonym key; default: home/secrets/pseudonym.key"
    )
    encrypt: Literal["raw"] | None = Field(
        None, description="`raw`: the Parquet files of the raw room are encrypted; unset: they are not"
    )

    @classmethod
    def load(cls, home: Path | None = None) -> Self:
        """Settings from the environment; `home` given by a caller wins. Raises SettingsError."""
        values = {
            name: os.environ[PREFIX + name.upper()]
            for name in cls.model_fields
            if PREFIX + name.upper() in os.environ
        }
        if home is not None:
            values["home"] = home
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            fields = ", ".join(PREFIX + str(item["loc"][0]).upper() for item in error.errors())
            raise SettingsError(
                f"{fields} cannot be read", where="environment", remedy="see docs/reference/settings.md"
            ) from error
        paths = {"home": settings.home.expanduser(), "vocabulary": settings.vocabulary}
        if settings.text_bundles is not None:
            paths["text_bundles"] = settings.text_bundles.expanduser()
        return settings.model_copy(update={name: path.resolve() for name, path in paths.items()})

    @property
    def deliveries(self) -> Path:
        """Landing zone: `deliveries/<country>/<YYYY-MM>/`."""
        return self.home / "deliveries"

    @property
    def maps_folder(self) -> Path:
        """Where reviewed maps lie; need not exist."""
        return (self.maps or self.home / "maps").resolve()

    @property
    def cohorts_folder(self) -> Path:
        """Where a user's own cohort definitions lie; need not exist."""
        return (self.cohorts or self.home / "cohorts").expanduser().resolve()

    @property
    def plans_folder(self) -> Path:
        """Where the statements that cohorts are compiled to are kept, under their fingerprints."""
        return (self.plans or self.home / "lake" / "cohort_plans").expanduser().resolve()

    @property
    def studies_folder(self) -> Path:
        """Where a user's own studies lie; need not exist."""
        return (self.studies or self.home / "studies").expanduser().resolve()

    @property
    def spill(self) -> Path:
        """Where DuckDB puts what does not fit in memory."""
        return self.home / "spill"

    @property
    def dagster_home(self) -> Path:
        """The Dagster instance: dagster.yaml and its SQLite storage."""
        return self.home / "dagster"

    @property
    def key_file(self) -> Path:
        """File of the pseudonym key, mode 600."""
        return self.secret_file or self.home / "secrets" / "pseudonym.key"

    def pseudonym_key(self) -> bytes:
        """The secret behind every pseudonym: `THIN_SECRET`, or the key file. Raises MissingSecret."""
        if text := os.environ.get(PREFIX + "SECRET"):
            return text.encode()
        if not self.key_file.is_file():
            raise MissingSecret(
                "no key to pseudonymise patients with",
                where=str(self.key_file),
                remedy="set THIN_SECRET, or let `thin-assets doctor --fix` write a random key",
            )
        return self.key_file.read_bytes().strip()

    @property
    def parquet_key_file(self) -> Path:
        """File of the key that raw is encrypted with, mode 600."""
        return self.home / "secrets" / "parquet.key"

    def parquet_key(self) -> bytes:
        """What raw is encrypted with, 32 bytes: `THIN_PARQUET_KEY`, or the key file. Raises MissingSecret."""
        text, file = os.environ.get(PARQUET_KEY, ""), self.parquet_key_file
        if not text and file.is_file():
            text = file.read_text(encoding="ascii", errors="replace").strip()
        if not _KEY_OF_256_BITS.fullmatch(text):
            raise MissingSecret(
                "no key of 64 hexadecimal digits to encrypt raw with, or to read it",
                where=f"{PARQUET_KEY}, {file}",
                remedy="set the variable, or let `thin-assets doctor --fix` write a random key; "
                "see docs/how-to/encrypt-raw.md",
            )
        return bytes.fromhex(text)

    def register(self, country: str) -> Path:
        """File of the persons of a country who opted out: numbers of ours, for the owner only."""
        return self.home / "restricted" / "opted_out" / f"{country}.txt"

    @property
    def project_keys(self) -> Path:
        """Folder of the keys of projects, mode 700: `<project>.key`, mode 600."""
        return self.home / "secrets" / "projects"

    def project_key_file(self, project: str) -> Path:
        """File of the key behind a project's pseudonyms."""
        return self.project_keys / f"{project}.key"

    def project_key(self, project: str) -> bytes:
        """The secret behind a project's pseudonyms: `THIN_PROJECT_KEY_<PROJECT>`, or the project's key file.

        Raises MissingSecret when there is none, or one that could be guessed.
        """
        variable, file = f"{PREFIX}PROJECT_KEY_{project.upper()}", self.project_key_file(project)
        text = os.environ.get(variable, "").encode()
        if not text and file.is_file():
            text = file.read_bytes().strip()
        if len(text) < SHORTEST_KEY:
            raise MissingSecret(
                f"no key of {SHORTEST_KEY} characters or more for the pseudonyms of project {project}",
                where=f"{variable}, {file}",
                remedy="set the variable, or let `thin-assets doctor --fix` write a random key; "
                "see docs/how-to/keep-project-keys.md",
            )
        return text
