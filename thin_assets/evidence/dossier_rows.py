"""Page of a dossier: source against CDM, persons and rows, every difference with its reason."""

from collections.abc import Iterator

import polars as pl

from thin_assets.evidence.dossier import HIDDEN, Build, dossier_page, kept, link
from thin_assets.evidence.dossier_accounts import LOADED, Accounts, SourceTable
from thin_assets.evidence.dossier_words import reason_in_words, table_in_words
from thin_assets.pages.figures import NOTHING
from thin_assets.pages.frame import Section, Tile, bullets, paragraph, tiles, together
from thin_assets.pages.markup import Child, Html, tag
from thin_assets.pages.tables import bar, columns, table


def draw_rows(build: Build, accounts: Accounts) -> str:
    """The page as HTML."""
    lead = paragraph(
        "What became of every row that the source delivered. Nothing is lost uncounted: a row is carried "
        "over, says again what another says, or is rejected for one reason, the first that applies."
    )
    sections = [_persons(accounts), _tables(accounts), _reasons(accounts), _routing(accounts), _method()]
    return dossier_page(build, "Source against CDM", lead, sections)


def _persons(accounts: Accounts) -> Section:
    """From delivered patients to persons of the CDM, step by step."""
    source = accounts.of_persons
    if source is None:
        return Section("persons", "Persons", paragraph("The delivery holds no persons."))
    shown = [
        Tile("Delivered", kept(source.delivered), f"rows of {source.name}"),
        Tile("Persons of the CDM", kept(accounts.built["person"]), _share(source.loaded, source.delivered)),
        Tile("Not carried over", _less(source.delivered, source.loaded), "each for one reason"),
    ]
    fates = _fates(accounts, source.name)
    rows = [_fate_row(row, source) for row in fates if row["source_rows"] is not None]
    if hidden := [row for row in fates if row["source_rows"] is None]:
        rows.append(_hidden_row(hidden, source))
    found = table(columns("what became of them", "why", "#rows", ""), rows, "Delivered patients by fate")
    return Section("persons", "Persons", together(tiles(shown), paragraph(_sum_of(rows, source)), found))


def _less(whole: int | None, part: int | None) -> str:
    return kept(None if whole is None or part is None else whole - part)


def _sum_of(rows: list[tuple[Child, ...]], source: SourceTable) -> str:
    """The sum in figures: what is delivered is what stands below."""
    return f"{kept(source.delivered)} delivered = {' + '.join(str(row[2]) for row in rows)}."


def _hidden_row(hidden: list[dict], source: SourceTable) -> tuple[Child, ...]:
    """Fates that are kept back, in one line: their names, and what they add up to."""
    words = "; ".join(reason_in_words(row["fate"], row["reason"]) for row in hidden)
    share = (source.hidden or 0) / source.delivered if source.delivered else 0
    fates = " or ".join(sorted({row["fate"] for row in hidden}, reverse=True))
    return fates, f"together: {words}", kept(source.hidden), bar(share, color="var(--orange)")


def _fates(accounts: Accounts, name: str) -> list[dict]:
    """Fates of a table: loaded first, then the largest."""
    rows = accounts.fates.filter(source_table=name).rows(named=True)
    return sorted(
        rows,
        key=lambda row: (row["fate"] != LOADED, -(row["source_rows"] or 0), row["fate"], row["reason"] or ""),
    )


def _fate_row(row: dict, source: SourceTable) -> tuple[Child, ...]:
    share = (row["source_rows"] or 0) / source.delivered if source.delivered else 0
    color = "var(--green)" if row["fate"] == LOADED else "var(--orange)"
    words = reason_in_words(row["fate"], row["reason"])
    return row["fate"], words, kept(row["source_rows"]), bar(share, color=color)


def _tables(accounts: Accounts) -> Section:
    heads = columns(
        *("delivered table", "#delivered", "#carried over", "#share", "#CDM records", "#more than rows")
    )
    rows = [
        (
            *(_named(one.name), kept(one.delivered), kept(one.loaded), _share(one.loaded, one.delivered)),
            *(kept(one.records), kept(one.extra)),
        )
        for one in accounts.tables
    ]
    told = paragraph(
        "A row may become several records: one code may stand for two concepts, one blood pressure holds two "
        "values. So the CDM may hold more records than rows were carried over; the last column says how many."
    )
    found = table(heads, rows, "Delivered rows and CDM records by table")
    return Section("tables", "Rows", together(told, found))


def _reasons(accounts: Accounts) -> Section:
    """Why rows were not carried over, table beside table."""
    left = accounts.fates.filter(pl.col("fate") != LOADED)
    names = left["source_table"].unique().sort().to_list()
    keys = left.select("fate", "reason").unique().sort("fate", "reason").rows()
    in_order = left.select("fate", "reason", "source_table", "source_rows")
    cells = {row[:3]: kept(row[3]) for row in in_order.iter_rows()}
    rows = [
        (reason_in_words(fate, reason), fate, *(cells.get((fate, reason, name), NOTHING) for name in names))
        for fate, reason in keys
    ]
    heads = columns("why", "fate", *(f"#{name}" for name in names))
    found = table(heads, rows, "Rows not carried over") if rows else paragraph("Every row was.")
    return Section("reasons", "Why rows were not carried over", found)


def _routing(accounts: Accounts) -> Section:
    heads = columns("CDM table", "from delivered table", "#records", "#records of the table")
    rows = list(_routed_rows(accounts))
    told = paragraph(
        "A record goes to the table of the domain of its standard concept. Tables that are not listed are "
        "made from these (visits, eras, episodes), or stay empty: ",
        link("why", "source.html"),
        ".",
    )
    made = [name for name in accounts.built if not accounts.sent_to(name) and accounts.built[name] != 0]
    derived = [(name, kept(accounts.built[name])) for name in made]
    return Section(
        "routing",
        "Where rows went",
        together(
            told,
            table(heads, rows, "Records by CDM table and delivered table"),
            table(columns("CDM table", "#rows"), derived, "Tables made from these, and about the build"),
        ),
    )


def _routed_rows(accounts: Accounts) -> Iterator[tuple[Child, ...]]:
    before = None
    for row in accounts.routing.sort("cdm_table", "source_table").rows(named=True):
        name = row["cdm_table"]
        total = "" if name == before else kept(accounts.built.get(name))
        yield name, row["source_table"], kept(row["rows"]), total
        before = name


def _named(name: str) -> Html:
    return tag("span", name, tag("span", table_in_words(name), class_="soft"))


def _share(part: int | None, whole: int | None) -> str:
    return f"{100 * part / whole:.1f} %" if part is not None and whole else NOTHING


def _method() -> Section:
    points: list[Child] = [
        "Delivered rows are those that were counted in the files; a delivery whose files hold other rows "
        "than its sender promises is refused.",
        "A build is refused in which an account does not add up: delivered = loaded + collapsed + rejected, "
        "and the rows of a CDM table are those that were sent there.",
        "Rows of look-up lists are no records, and have no account. Practices and staff are no patients.",
        HIDDEN,
        ("The same as CSV: ", *_files()),
    ]
    return Section("method", "How to read this", bullets(points))


def _files() -> Iterator[Html]:
    for name in ("tables", "fates", "routing"):
        yield link(f"{name}.csv", f"accounts/{name}.csv")
        yield Html(" ")
