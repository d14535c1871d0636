"""Candidate builds of hand-written raw rows: a test names the cells that matter, the rest is unremarkable."""

import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.dbt.ascii_table import rows_of
from thin_assets.domain import layout
from thin_assets.domain.snapshot import Snapshot
from thin_assets.raw.contract import REJECTED, SHOWN, arrow_schema

PROJECT_DIR = Path(__file__).parents[2] / "dbt_project"

PLAIN = {
    "practice": {
        "practice_key": "PR1",
        "prac_type": "GP",
        "compdate": "2000-01-01",
        "collectdate": "2024-03-31",
    },
    "staff": {"practice_key": "PR1", "staff_key": "S1"},
    "patient": {"patflag": "A", "birth_year": "1950", "sex": "1", "regdate": "2005-01-01", "regstat": "02"},
    "medical": {"code_system": "ICD10", "medcode": "I10", "medflag": "R", "datatype": "01"},
    "therapy": {"drug_code_system": "PZN", "drugcode": "01", "therflag": "Y"},
    "dispense": {"cip13": "01", "atc": "A10BA02", "boxes": "1"},
    "ahd": {"ahdcode": "1001400027", "ahdflag": "Y"},
    "pvi": {"flags": "XXXXXXXXXXX3"},
}
"""What a row holds where a test says nothing."""

LETTERS = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""What a hand-written key is spelled with."""

KEYS = {"practice": "practice_key", "patient": "patient_key", "staff": "staff_key", "consult": "consult_key"}
WORDS = {
    "consult": {"type": "constype"},
    "medical": {"system": "code_system", "code": "medcode", "type": "datatype", "flag": "medflag"},
    "therapy": {
        "date": "prscdate",
        "system": "drug_code_system",
        "code": "drugcode",
        "quantity": "prscqty",
        "days": "prscdays",
        "dose": "doscode",
        "type": "prsctype",
        "issue": "seqnoiss",
        "of": "maxnoiss",
    },
    "dispense": {"date": "dispdate", "code": "cip13", "prescription": "therapy_key"},
    "ahd": {"entity": "ahdcode", "unit": "unit_text", "local": "local_code"},
}
"""Words that a test may write for a raw column, in every table and in one."""


def key(text: str) -> int:
    """The raw key of a key that a test writes as a word, such as P1; keys have the order of their words."""
    if len(text) > 10:
        raise ValueError(f"a hand-written key has at most 10 letters: {text}")
    digits = [LETTERS.index(letter) + 1 for letter in text] + [0] * (10 - len(text))
    return sum(digit * (len(LETTERS) + 1) ** place for place, digit in enumerate(reversed(digits)))


@dataclass
class Build:
    """What one run of dbt left behind."""

    folder: Path
    target: Path
    output: str = field(repr=False)
    con: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def query(self, sql: str) -> list[tuple]:
        """Rows of a query over the tables of the build."""
        for path in sorted(self.folder.glob("*/data.parquet")):
            self.con.execute(f"create or replace view {path.parent.name} as from read_parquet('{path}')")
        return self.con.execute(sql).fetchall()

    def of(self, patient: str, table: str, columns: str) -> list[tuple]:
        """Columns of one patient's rows of a table, in order of those columns."""
        found = "select person_id from person where person_source_value = '" + patient + "'"
        return self.query(f"select {columns} from {table} where person_id in ({found}) order by all")

    def results(self) -> dict[str, dict]:
        """Result (status, message) by unique id of every node that dbt ran."""
        ran = json.loads((self.target / "run_results.json").read_text())["results"]
        return {result["unique_id"]: result for result in ran}


def write_raw(folder: Path, snapshot: Snapshot, shuffle: int | None = None, **tables: str) -> Path:
    """The raw room's tables of one snapshot; tables that are not given are there without rows.

    shuffle    seed that puts the rows of every table in another order
    """
    for table in [*layout.tables(), REJECTED]:
        rows = [_row(table, number, row) for number, row in enumerate(rows_of(tables.get(table, "")))]
        if shuffle is not None:
            random.Random(shuffle).shuffle(rows)
        path = folder / table / f"country={snapshot.country}" / f"snapshot={snapshot.month}" / "data.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(_typed(rows, arrow_schema(table)), path)
    return folder


def _row(table: str, number: int, given: dict[str, str | None]) -> dict[str, str | None]:
    words = KEYS | {"event": "event_key", "date": "eventdate"} | WORDS.get(table, {})
    named = {words.get(name, name): value for name, value in given.items()}
    kept = PLAIN.get(table, {}) | {"practice_key": "PR1", "event_key": f"{table[:6]}-{number}"} | named
    shown = {f"{table}_pseudonym": kept[f"{table}_key"]} if table in SHOWN else {}
    keys = {name: str(key(word)) for name, word in kept.items() if name.endswith("_key") and word}
    lineage = {"has_partial_date": "false", "source_file": table, "source_line": str(number + 2)}
    return kept | shown | keys | lineage


def _typed(rows: list[dict[str, str | None]], schema: pa.Schema) -> pa.Table:
    columns = [pa.array([row.get(column.name) for row in rows], pa.string()) for column in schema]
    return pa.table([pc.cast(c, f.type) for c, f in zip(columns, schema, strict=True)], names=schema.names)


def parse(target: Path) -> Path:
    """Parse the project once; builds start from a copy of this folder."""
    _dbt("parse", target=target, values={})
    return target


def build(
    folder: Path, parsed: Path, raw: Path, vocabulary: Path, snapshot: Snapshot, *options: str
) -> Build:
    """Run `dbt build` for one snapshot in a process of its own."""
    target, candidate = folder / "target", folder / "candidate"
    shutil.copytree(parsed, target)
    for model in PROJECT_DIR.glob("models/*/*.sql"):
        if model.parent.name in ("omop", "reconciliation"):
            (candidate / model.stem).mkdir(parents=True)
    values = {
        "THIN_COUNTRY": snapshot.country,
        "THIN_SNAPSHOT": snapshot.month.isoformat(),
        "THIN_CUTOFF": snapshot.cutoff.isoformat(),
        "THIN_RAW": str(raw),
        "THIN_VOCABULARY_DIR": str(vocabulary),
        "THIN_CANDIDATE": str(candidate),
        "THIN_GENERATED_AT": "2024-04-01T06:00:00Z",
        "THIN_VOCABULARY_VERSION": "test",
        "THIN_CODE_VERSION": "test",
    }
    done = _dbt("build", *options, target=target, values=values)
    return Build(candidate, target, done.stdout)


def _dbt(command: str, *options: str, target: Path, values: dict[str, str]) -> subprocess.CompletedProcess:
    places = ["--project-dir", PROJECT_DIR, "--profiles-dir", PROJECT_DIR]
    places += ["--target-path", target, "--log-path", target / "logs"]
    return subprocess.run(
        [Path(sys.executable).with_name("dbt"), command, "--target", "duckdb", *map(str, places), *options],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"THIN_SPILL": str(target / "spill")} | values,
    )
