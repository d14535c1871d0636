"""How full the tables of a build are: rows, and values by column, from the footers of the files."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from thin_assets.resources.backends import Connection


@dataclass(frozen=True)
class Population:
    """Rows of a table and how many of them hold a value, by column."""

    rows: int
    filled: dict[str, int]


def populations(files: dict[str, Path], con: Connection) -> dict[str, Population]:
    """The population of each table; a file whose footer does not count its nulls is scanned instead."""
    return {name: _population(path, con) for name, path in files.items()}


def rows_of(file: Path) -> int:
    """Rows of a Parquet file, from its footer; none for a file that is absent."""
    return pq.read_metadata(file).num_rows if file.is_file() else 0


def _population(path: Path, con: Connection) -> Population:
    footer = pq.read_metadata(path)
    columns = [footer.schema.column(place).name for place in range(footer.num_columns)]
    nulls = [_nulls(footer, place) for place in range(footer.num_columns)]
    if None in nulls:
        return Population(footer.num_rows, _scanned(path, columns, con))
    return Population(
        footer.num_rows,
        {name: footer.num_rows - missing for name, missing in zip(columns, nulls, strict=True)},
    )


def _nulls(footer: pq.FileMetaData, column: int) -> int | None:
    groups = (footer.row_group(place).column(column).statistics for place in range(footer.num_row_groups))
    counts = [group.null_count if group is not None and group.has_null_count else None for group in groups]
    return None if None in counts else sum(counts)


def _scanned(path: Path, columns: Iterable[str], con: Connection) -> dict[str, int]:
    counts = ", ".join(f'count("{name}")' for name in columns)
    found = con.execute(f"select {counts} from read_parquet('{path}', hive_partitioning = false)").fetchone()
    return dict(zip(columns, found, strict=True))
