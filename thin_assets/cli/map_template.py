"""`thin-assets maps template`: the most frequent unmapped codes, as a review that waits to be filled in."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from thin_assets.cli.options import Country, Month
from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.files import replacing
from thin_assets.resources.lake import Lake
from thin_assets.resources.raw_key import raw_key
from thin_assets.resources.warehouse import Warehouse
from thin_assets.settings import Settings

if TYPE_CHECKING:
    import polars as pl


def template(
    context: typer.Context,
    country: Country,
    snapshot: Month,
    out: Annotated[
        Path | None, typer.Option(help="File to write; default `review-GB-2024-03.csv` in this folder.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Codes of each kind and domain.")] = 25,
) -> None:
    """Write the most frequent unmapped codes of a partition as a review to fill in, most records first."""
    from thin_assets.evidence.mapping import unmapped_codes
    from thin_assets.evidence.mapping_assets import label_files
    from thin_assets.vocabulary.reviewed_maps import COLUMNS

    settings: Settings = context.obj
    lake, wanted = Lake(home=str(settings.home)), Snapshot.named(country, snapshot)
    build = lake.current_build(wanted)
    labels = label_files(lake, wanted, build)
    key = raw_key(settings.home, labels.values())
    with Warehouse.of(settings).open_cdm(build, lake.vocabulary_of(build), key) as con:
        codes = unmapped_codes(con, labels, top=top)
    path = out or Path(f"review-{wanted.country}-{wanted.folder}.csv")
    lines = list(template_lines(codes))
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([*line, *[""] * (len(COLUMNS) - len(line))] for line in lines)
    Console().print(f"[green]written[/] {path}: {len(lines)} codes; fill in, then `thin-assets maps check`")


def template_lines(codes: "pl.DataFrame") -> Iterator[tuple[str, str, str]]:
    """Source vocabulary, code and description of every code that a map may speak of, each once.

    codes    unmapped codes as `MappingCodes` describes them
    Left out are codes that no system names, and those of few: a code that few have may be a slip of the pen
    that tells of somebody, and a map of it helps nobody.
    """
    from thin_assets.vocabulary.mappable_codes import source_vocabulary, target_domains

    seen = set()
    for row in codes.sort("records", "code_system", "source_code", descending=[True, False, False]).rows(
        named=True
    ):
        vocabulary = source_vocabulary(row["code_system"])
        code = (vocabulary, row["source_code"])
        is_of_few = row["records"] < SMALLEST_SHOWN or 0 < row["persons"] < SMALLEST_SHOWN
        if vocabulary in target_domains() and row["source_code"] and code not in seen and not is_of_few:
            seen.add(code)
            yield *code, row["source_description"] or ""
