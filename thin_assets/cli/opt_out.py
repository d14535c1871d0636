"""`thin-assets opt-out`: take persons out of the next build and of every version that was published."""

import dataclasses
import datetime as dt
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from thin_assets.cli.catalogue import draw
from thin_assets.cli.options import Country, read_countries
from thin_assets.settings import Settings

if TYPE_CHECKING:
    from thin_assets.published.persons.withdraw import Withdrawal
    from thin_assets.raw.opt_out import Asked


def opt_out(
    context: typer.Context,
    country: Country,
    file: Annotated[
        str,
        typer.Option(
            help="CSV with the heading `pracid,patid`, or `person_id` for OMOP layouts; - for standard input."
        ),
    ],
) -> None:
    """Leave persons out of the next build, and take them out of every published version, with proof."""
    from thin_assets.resources.register import add_to_register, read_register

    settings: Settings = context.obj
    _require_no_store(settings)
    code = read_countries(country)[0]
    asked = _read(settings, code, file)
    register = settings.register(code)
    added = add_to_register(register, asked.numbers)
    console = Console()
    seen = _seen(settings, code, asked)
    console.print(f"{len(asked.numbers)} persons, {added} of them new in the register of {code}")
    console.print(f"{seen} of them are in a sealed build; an id that is in none may be misspelt")
    for reason, count in sorted(asked.refused.items()):
        console.print(f"[yellow]{count} lines refused: {reason}[/]")
    done = withdraw_everywhere(settings, read_register(register))
    draw(settings)
    console.print(_table(done))
    console.print(f"report: {_keep(settings, code, asked, added, done)}", soft_wrap=True)
    console.print(f"now build {code} again: thin-assets run, or backfill; its rows are counted as opted_out")
    if any(one.found for one in done):
        raise _still_there(done)


def _require_no_store(settings: Settings) -> None:
    """What is in a store is not searched and cleaned by this command yet: better none than half."""
    from thin_assets.errors import SettingsError

    if settings.store is not None:
        raise SettingsError(
            "nobody can be taken out of a store that homes share with this command",
            where=settings.store,
            remedy="follow docs/how-to/keep-the-lake-in-an-object-store.md#somebody-opts-out",
        )


def _read(settings: Settings, country: str, file: str) -> "Asked":
    from thin_assets.errors import SettingsError
    from thin_assets.raw.opt_out import read_asked
    from thin_assets.raw.pseudonymise import Pseudonymiser

    pseudonyms = Pseudonymiser(settings.pseudonym_key(), country)
    if file == "-":
        return read_asked(sys.stdin, pseudonyms)
    if not Path(file).is_file():
        raise SettingsError("there is no such file", where="--file", remedy="name a CSV file, or - for input")
    with Path(file).open(encoding="utf-8-sig", newline="") as lines:
        return read_asked(lines, pseudonyms)


def _seen(settings: Settings, country: str, asked: "Asked") -> int:
    """How many of the persons are in any sealed build of the country."""
    import polars as pl

    builds = (settings.home / "lake" / "cdm" / f"country={country}").glob(
        "snapshot=*/build=*/person/*.parquet"
    )
    found = [pl.read_parquet(path, columns=["person_id"])["person_id"] for path in sorted(builds)]
    return len(set(asked.numbers) & {person for persons in found for person in persons})


def withdraw_everywhere(settings: Settings, numbers: list[int]) -> "list[Withdrawal]":
    """Take persons of the lake out of every row-level product that was published. Raises MissingSecret."""
    import polars as pl

    from thin_assets.published.declared.product import products
    from thin_assets.published.declared.shelf import Shelf
    from thin_assets.published.persons.identity import PERSON, Pseudonyms
    from thin_assets.published.persons.withdraw import withdraw
    from thin_assets.published.record.audit import Hand
    from thin_assets.published.writing.commits import majors

    hand, ids = Hand(getpass.getuser(), dt.datetime.now(dt.UTC)), pl.Series(numbers, dtype=pl.Int64)
    declared = products(settings.studies_folder).values()
    shelves = [Shelf(settings.home, one) for one in declared if one.kind == "row_level"]
    done = []
    for shelf in shelves:
        if majors(shelf.folder):
            project = shelf.product.project
            persons = Pseudonyms(settings.project_key(project), project).of(PERSON, ids)
            done.append(withdraw(shelf, persons, hand))
    return done


def _table(done: "list[Withdrawal]") -> Table:
    table = Table(title="Rows of persons who opted out", title_justify="left")
    for name in ("product", "read as", "version", "rows before", "rows after"):
        table.add_column(name, justify="right" if name.startswith(("rows", "version")) else "left")
    for one in done:
        for part in one.versions:
            version = f"v{part.major}@{part.before} -> {part.after}"
            rows = (str(part.rows_before), str(part.rows_after))
            table.add_row(one.product, ", ".join(part.names), version, *rows)
        table.add_row(one.product, f"{one.searched} files searched", "", "", f"{one.found} files")
    return table


def _keep(settings: Settings, country: str, asked: "Asked", added: int, done: "list[Withdrawal]") -> Path:
    """The report, beside the register: counts, and never who."""
    from thin_assets.resources.files import write_json

    when = dt.datetime.now(dt.UTC)
    path = settings.register(country).parent / f"{country}-{when:%Y%m%dT%H%M%S}.json"
    told = {
        "country": country,
        "when": when.isoformat(timespec="seconds"),
        "asked": len(asked.numbers),
        "new": added,
        "refused": dict(asked.refused),
        "products": [dataclasses.asdict(one) for one in done],
    }
    write_json(path, told)
    path.chmod(0o600)
    return path


def _still_there(done: "list[Withdrawal]") -> Exception:
    from thin_assets.errors import BrokenRules

    names = ", ".join(one.product for one in done if one.found)
    return BrokenRules(
        f"files of {names} still hold a person who opted out",
        where="published",
        remedy="look for copies that the platform did not write below the product's folder, and remove them",
    )
