"""A step gets the rows that it asked for, however the engine makes them: what hangs cannot be interrupted."""

import subprocess
import sys
from pathlib import Path

import pytest

from thin_assets.resources.warehouse import READ_AHEAD, connect, streamed

PERSONS, RECORDS = 100_000, 2_000_000

FETCH = """
import sys
from pathlib import Path
from thin_assets.resources.warehouse import connect
with connect() as con:
    con.execute("create temp table entry as select i // 3 as person_id, i as place from range(2000) t(i)")
    print(con.execute(Path(sys.argv[1]).read_text()).to_arrow_table().num_rows)
"""

QUERY = """
with past as (
    select place, concept_id, days
    from entry join (select * from '{folder}/record.parquet' where concept_id <> 0) using (person_id)
)
select * from (
    select * from (
        select place, sex * 1000 + 1 as id, sex as concept_id, null::bigint as n, null::integer as nearest
        from entry join '{folder}/person.parquet' using (person_id)
    )
    union all
    select place, concept_id * 1000 + 2, concept_id, n, nearest
    from (select place, concept_id, count(*) as n, min(days) as nearest from past group by all)
)
union all
select place, concept_id * 1000 + 3, concept_id, n, nearest
from (
    select place, concept_id, count(*) filter (days <= 365) as n, min(days) as nearest
    from past where days <= 365 group by all
)
where nearest <= 365
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Persons and their records, in as many row groups as several threads read."""
    folder = tmp_path_factory.mktemp("files")
    with connect() as con:
        con.execute(
            f"copy (select i as person_id, 8507 + i % 2 as sex from range({PERSONS}) t(i))"
            f" to '{folder}/person.parquet'"
        )
        con.execute(
            f"copy (select i // {RECORDS // PERSONS} as person_id, (hash(i * 7) % 9000)::integer as days,"
            f" 1 + (hash(i) % 500)::integer as concept_id from range({RECORDS}) t(i))"
            f" to '{folder}/record.parquet'"
        )
    return folder


def test_a_union_over_a_common_table_comes_to_an_end(folder: Path) -> None:
    """With the engine's own buffer it waits for ever, in DuckDB 1.4 and 1.5."""
    (folder / "query.sql").write_text(QUERY.format(folder=folder))
    done = subprocess.run(
        [sys.executable, "-c", FETCH, str(folder / "query.sql")], capture_output=True, timeout=120, text=True
    )
    assert int(done.stdout) > 2000, done.stderr


def test_one_table_is_read_in_batches_of_which_none_waits_for_the_last(folder: Path) -> None:
    with connect() as con:
        reader = streamed(con, f"select * from '{folder}/record.parquet' where days > ?", 10_000, [0])
        first = reader.read_next_batch()
        rest = sum(batch.num_rows for batch in reader)
        held = con.execute("select current_setting('streaming_buffer_size')").fetchone()[0]
    assert first.num_rows == 10_000
    assert 0 < RECORDS - first.num_rows - rest < RECORDS / 1000
    assert READ_AHEAD == "1MB" and held == "976.5 KiB"


def test_no_bar_of_the_engine_is_drawn_into_a_log() -> None:
    with connect() as con:
        assert con.execute("select current_setting('enable_progress_bar')").fetchone() == (False,)
