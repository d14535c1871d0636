"""One run of dbt for all rules of a country, or for rows that a test has brought.

A build is named by its country and, after a dash, what else sets it apart: `GB` holds the rules,
`GB-shuffled` the same rows in another order, `GB-2024-02` (or `GB-2024-02-more`) a month whose raw tables lie
in `GB-2024-02-more/raw` already, beside an `environment.json` of what else dbt is told. It knows the small
vocabulary of the rules, unless there is a folder `vocabulary` already.

dbt costs more than the rows do, so the project is imported and parsed once, in a process of its own, which
then forks for each build: `python -m tests.spec.builds FOLDER NAME ...`.
"""

import json
import multiprocessing
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from tests.spec.raw_rows import write_raw
from tests.spec.story import stories_of
from tests.spec.vocabulary import write_vocabulary
from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot, next_month
from thin_assets.resources.files import read_json
from thin_assets.text.contract import MENTION
from thin_assets.text.stream import write_mentions

PROJECT_DIR = Path(__file__).parents[2] / "dbt_project"
MONTH = "2024-03"
SHUFFLED = "-shuffled"
UNIT_TESTED = "GB"
"""The build that runs the unit tests beside the models too."""

AT_ONCE = 2
_DATABASE = "build.duckdb"
_PARSED: dict = {}
"""The parsed project, for the children that are forked: a pickled one has lost its look-ups."""


@dataclass(frozen=True)
class Build:
    """What one run of dbt left behind: the candidate, and every model in a database."""

    country: str
    folder: Path

    @property
    def candidate(self) -> Path:
        """Folder of the CDM tables and accounts."""
        return self.folder / "candidate"

    @cached_property
    def _con(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.folder / _DATABASE), read_only=True)

    def query(self, sql: str, values: list | None = None) -> list[tuple]:
        """Rows of a query over all models of the build."""
        return self._con.execute(sql, values or []).fetchall()

    def columns(self, table: str) -> list[str]:
        """Column names of a model, in order."""
        return [name for name, *_ in self.query(f"describe {table}")]

    def results(self) -> dict[str, dict[str, str]]:
        """Status and message of every node that dbt ran, by its unique id."""
        return json.loads((self.folder / "results.json").read_text())


def names_of(asked: set[str]) -> list[str]:
    """Builds behind the fixtures that tests ask for: a rule its countries, every other test all and the
    shuffled ones.
    """
    told = {country: country.lower() for country in COUNTRIES}
    ordered = sorted(COUNTRIES, key=lambda country: country != UNIT_TESTED)
    if "every_build" in asked:
        return [*ordered, *(f"{country}{SHUFFLED}" for country in ordered)]
    return [country for country in ordered if {told[country], "everywhere"} & asked]


def build_all(folder: Path, names: list[str]) -> dict[str, Build]:
    """Build the rules of some countries (`GB`, `GB-shuffled`); raises where dbt itself ends in an error."""
    done = subprocess.run(
        [sys.executable, "-m", __spec__.name, str(folder), *names],
        cwd=PROJECT_DIR.parent,
        env=os.environ | {"PYTHONPATH": str(PROJECT_DIR.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
    return {name: Build(_snapshot(name).country, folder / name) for name in names}


def _snapshot(name: str) -> Snapshot:
    country, _, rest = name.partition("-")
    return Snapshot.named(country, rest[:7] if rest[:1].isdigit() else MONTH)


def main(folder: Path, names: list[str]) -> None:
    """Parse, then build `AT_ONCE` at a time, each in a child process that knows the parsed project."""
    if not (folder / "vocabulary").exists():
        write_vocabulary(folder / "vocabulary")
    profiles = folder / "profiles"
    profiles.mkdir(exist_ok=True)
    text = (PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8")
    (profiles / "profiles.yml").write_text(text.replace('":memory:"', _DATABASE), encoding="utf-8")
    _PARSED["project"] = _dbt(folder, "parse")
    with multiprocessing.get_context("fork").Pool(AT_ONCE, maxtasksperchild=1) as pool:
        pool.starmap(_build, [(folder, name) for name in names], chunksize=1)


def _build(folder: Path, name: str) -> None:
    snapshot, home = _snapshot(name), folder / name
    raw = home / "raw"
    if not raw.exists():
        shuffle = 1 if name.endswith(SHUFFLED) else None
        write_raw(raw, snapshot, list(stories_of(snapshot.country)), shuffle)
    _write_mentions(raw, home / "text", snapshot)
    for model in PROJECT_DIR.glob("models/*/*.sql"):
        if model.parent.name in ("omop", "reconciliation"):
            (home / "candidate" / model.stem).mkdir(parents=True)
    (home / "spill").mkdir()
    os.environ |= {
        "THIN_COUNTRY": snapshot.country,
        "THIN_SNAPSHOT": snapshot.month.isoformat(),
        "THIN_CUTOFF": snapshot.cutoff.isoformat(),
        "THIN_RAW": str(raw),
        "THIN_TEXT": str(home / "text"),
        "THIN_VOCABULARY_DIR": str(folder / "vocabulary"),
        "THIN_CANDIDATE": str(home / "candidate"),
        "THIN_GENERATED_AT": f"{next_month(snapshot.month)}T06:00:00Z",
        "THIN_VOCABULARY_VERSION": "test",
        "THIN_CODE_VERSION": "test",
        "THIN_HOLDER": "SYNTHETIC",
        "THIN_SPILL": str(home / "spill"),
        **(read_json(home / "environment.json") or {}),
    }
    os.chdir(home)  # the database of the profile is a relative path: one parse serves all builds
    kinds = [] if name == UNIT_TESTED else ["--exclude-resource-type", "unit_test"]
    ran = _dbt(folder, "build", *kinds)
    results = {r.node.unique_id: {"status": str(r.status), "message": r.message} for r in ran}
    (home / "results.json").write_text(json.dumps(results), encoding="utf-8")


def _write_mentions(raw: Path, text: Path, snapshot: Snapshot) -> None:
    """What the room before omop finds in the texts."""
    place = Path(f"country={snapshot.country}", f"snapshot={snapshot.month}", "data.parquet")
    with duckdb.connect() as con:
        write_mentions(raw / "text" / place, text / MENTION / place, con)


def _dbt(folder: Path, command: str, *options: str):
    """What dbt answers; a model that fails is an answer, a run that cannot start is not."""
    from dbt.cli.main import dbtRunner

    places = ["--project-dir", PROJECT_DIR, "--profiles-dir", folder / "profiles"]
    places += ["--target-path", Path.cwd() / "target", "--log-path", Path.cwd() / "target" / "logs"]
    if command == "parse":
        places[-4:] = ["--target-path", folder / "parsed", "--log-path", folder / "parsed"]
    answer = dbtRunner(manifest=_PARSED.get("project")).invoke(
        [command, "--target", "duckdb", "--quiet", *map(str, places), *options]
    )
    if answer.exception:
        raise answer.exception
    return answer.result


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
