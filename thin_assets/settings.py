"""The environment, read once: where the home is, how much memory, which vocabulary, which key.

Every setting has an environment variable `THIN_<NAME>`; docs/reference/settings.md lists them.
"""

import os
import re
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator

from thin_assets.domain.engines import engines_of
from thin_assets.errors import MissingSecret, SettingsError

PREFIX = "THIN_"
PARQUET_KEY = f"{PREFIX}PARQUET_KEY"
"""Variable of the key that raw is encrypted with; dbt is told the key in the same one."""

POSTGRES_URL = f"{PREFIX}INSTANCE_POSTGRES_URL"
"""Variable of the address of the instance's PostgreSQL: dagster.yaml names it, and each process reads it."""

CELERY_BROKER = f"{PREFIX}CELERY_BROKER"
"""Variable of the address of the broker of runs: no file names it, and each process reads it."""

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
    engine: str = Field(
        "duckdb",
        description="what computes a country: `duckdb`, `spark`, or both as `default=duckdb,GB=spark`",
    )
    spark_master: str = Field(
        "local[2]", description="where Spark is, as spark-submit takes it: `spark://host:7077`, `yarn`, ..."
    )
    spark_memory: str = Field("2g", description="memory of Spark's driver, and of each of its executors")
    spark_options: Path | None = Field(
        None, description="file of further options of Spark, as spark-defaults.conf; unset: none"
    )
    max_rejected_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="share of a table's rows that may be unreadable before the partition stops",
    )
    incremental: bool = Field(
        False,
        description="take over rows of unchanged persons from the sealed build of the month before; "
        "the bytes are those of a full build, which Spark makes in any case",
    )
    text_bundles: Path | None = Field(
        None, description="folder of restricted text bundles; unset: free text is refused"
    )
    store: str | None = Field(
        None,
        description="store of objects that homes share, as `s3://bucket/prefix`; unset: a home keeps all to "
        "itself",
    )
    store_options: Path | None = Field(
        None,
        description="file, mode 600, of lines `AWS_ENDPOINT_URL=...` and the like, beyond the environment",
    )
    max_concurrent_runs: int = Field(2, ge=1, description="partition runs at once under the Dagster daemon")
    partition_patience: float = Field(
        3600,
        ge=0,
        description="seconds that a run waits for another of the same partition to end; then it is refused",
    )
    due: Path | None = Field(
        None,
        description="file of the days by which countries deliver, as thin_assets/domain/due.csv; "
        "default: home/due.csv, and without one the days of the project",
    )
    release_day: int = Field(
        20, ge=1, le=31, description="day of the month after on which a month is released whoever is missing"
    )
    pool_memory: int = Field(
        2, ge=1, description="partitions at once in steps that take a run's memory: omop, validated, features"
    )
    pool_text: int = Field(2, ge=1, description="partitions at once whose free text is read")
    pool_publisher: int = Field(2, ge=1, description="partitions at once that publish")
    fill_gaps_months: int = Field(
        3, ge=1, description="how many months back the schedule `fill_gaps` looks for what is not built"
    )
    secret_file: Path | None = Field(
        None, description="file of the pseudonym key; default: home/secrets/pseudonym.key"
    )
    encrypt: Literal["raw"] | None = Field(
        None, description="`raw`: the Parquet files of the raw room are encrypted; unset: they are not"
    )
    instance_postgres_url: SecretStr | None = Field(
        None,
        description="`postgresql://user@host:5432/database`: runs and events are kept on that server; "
        "unset: SQLite in the home",
    )
    instance_postgres_password_file: Path | None = Field(
        None, description="file of the password for that server; unset: as the URL or libpq has it"
    )
    launcher: Literal["warm", "celery"] = Field(
        "warm",
        description="where runs are executed: `warm`, on the machine of the daemon; `celery`, on every "
        "machine with a `thin-assets worker`",
    )
    celery_broker: SecretStr | None = Field(
        None,
        description="`redis://host:6379/0`, or `rediss://...`: the Redis through which workers get runs",
    )
    celery_broker_password_file: Path | None = Field(
        None, description="file of the password for that Redis; unset: as the URL has it"
    )
    worker_silence: float = Field(
        60, gt=0, description="seconds without a sign of a run on another machine until it is given up"
    )
    compute_logs: str | None = Field(
        None,
        description="folder or URL, such as `s3://bucket/logs`, of what runs print; default: "
        "home/dagster/storage",
    )
    run_retries: int = Field(
        2, ge=0, description="how often a run is tried again whose process vanished or lost its storage"
    )
    max_run_hours: float = Field(
        24, gt=0, description="hours after which a run is stopped, and failed, because it must hang"
    )
    keep_runs_days: int = Field(
        400, ge=62, description="days for which runs are kept that built nothing that stands any more"
    )

    retention: Path | None = Field(
        None, description="policy of what `thin-assets tidy` may remove; default: the project's policy.yaml"
    )

    ui_address: str | None = Field(
        None, description="where people open Dagster's pages, for links in alerts; unset: runs are named only"
    )
    pages_address: str = Field(
        "http://127.0.0.1:3003",
        description="where `thin-assets pages` serves the pages of a home, for links from their assets; "
        "empty: nowhere",
    )
    alert_mail: str | None = Field(
        None, description="who gets alerts by e-mail: addresses joined by commas; unset: nobody"
    )
    alert_sender: str = Field("thin-assets@localhost", description="sender of alerts by e-mail")
    smtp: str | None = Field(None, description="mail server that takes alerts, as `mail.example.org:587`")
    smtp_user: str | None = Field(None, description="name to sign in to the mail server with; unset: none")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="how the mail server is spoken to; `none` is for one on this machine",
    )

    openlineage_url: str | None = Field(
        None,
        description="where runs are told as OpenLineage events: `http(s)://...` or `file:///...`; "
        "unset: nowhere",
    )

    @field_validator("engine")
    @classmethod
    def _names_engines(cls, told: str) -> str:
        engines_of(told)
        return told

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
    def due_file(self) -> Path:
        """Where the operator's own days lie by which countries deliver; need not exist."""
        return (self.due or self.home / "due.csv").expanduser().resolve()

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

    def secret(self, name: str) -> str | None:
        """A secret for sending something: `THIN_<NAME>`, or the file `home/secrets/<name>`; or none."""
        file = self.home / "secrets" / name
        text = os.environ.get(PREFIX + name.upper(), "")
        if not text and file.is_file():
            text = file.read_text(encoding="utf-8")
        return text.strip() or None

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
