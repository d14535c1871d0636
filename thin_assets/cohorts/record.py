"""What stands beside the members of a cohort: the definition in words and in SQL, and what it was run on."""

import hashlib
import json
from pathlib import Path

from thin_assets.cohorts.definition import Definition
from thin_assets.cohorts.plan import Plan, compilers
from thin_assets.resources.files import replacing, write_json

WORDS, OHDSI_SQL, DUCKDB_SQL, PROVENANCE = (
    "definition.md",
    "cohort.sql",
    "cohort.duckdb.sql",
    "provenance.json",
)


def keep_record(folder: Path, definition: Definition, plan: Plan, *, build: str, vocabulary: str) -> None:
    """Write the files of a definition into the folder of its result.

    build, vocabulary    what the members were found in
    """
    texts = {WORDS: definition.markdown, OHDSI_SQL: definition.sql, DUCKDB_SQL: plan.sql}
    for name, text in texts.items():
        with replacing(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    told = {
        "cohort_definition_id": definition.id,
        "expression": json.loads(definition.text),
        "expression_sha256": definition.sha256,
        "files_sha256": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
        "build": build,
        "vocabulary": vocabulary,
        "compiled_by": compilers(),
    }
    write_json(folder / PROVENANCE, told)
