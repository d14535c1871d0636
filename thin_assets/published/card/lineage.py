"""Parts of a card about columns: what each means, and from which fields it comes, back to the delivery."""

from collections import defaultdict
from collections.abc import Iterable

from thin_assets.pages.figures import NOTHING
from thin_assets.pages.frame import Section, figure, paragraph, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, table
from thin_assets.published.catalogue.lineage_picture import draw_graph
from thin_assets.published.catalogue.stock import Stock
from thin_assets.published.declared.lineage import Field, Origin, graph_of, origins


def columns_of(stock: Stock) -> Section | None:
    """The dictionary of columns."""
    found = stock.product.columns
    if not found:
        return None
    unique = set(stock.product.unique)
    rows = [
        (
            Html(
                tag("code", column.name)
                + (tag("span", "key", class_="soft") if column.name in unique else "")
            ),
            column.type,
            column.unit or NOTHING,
            column.description,
            column.null_means or "never null",
        )
        for column in found
    ]
    heads = columns("column", "type", "unit", "meaning", "where it is null")
    return Section("columns", "Columns", table(heads, rows, "Every column, in the order of the table"))


def lineage(stock: Stock) -> Section:
    """The way of the data in tables, then column by column."""
    return Section("lineage", "Where it comes from", together(picture(stock), by_column(stock)))


def picture(stock: Stock) -> Html:
    """The tables behind the product, as a drawing with its edges as a list."""
    graph = graph_of(stock.product)
    rows = [(tag("code", target), tag("code", source)) for source, target in graph.edges]
    numbers = table(columns("table", "reads"), sorted((b, a) for b, a in rows), "Which table reads which")
    title = f"Tables behind {stock.product.name}"
    return figure(
        title, draw_graph(title, graph), numbers=numbers, note="from the delivery, above, to the product"
    )


def by_column(stock: Stock) -> Html | None:
    """Every column with the fields of the CDM that it reads, and the delivered columns behind those."""
    found = origins(stock.product)
    if not found:
        return None
    rows = [_row(origin, stock.product.source) for origin in found]
    heads = columns("column", "how", "fields of the CDM and the cohort", "delivered columns behind them")
    note = paragraph(
        "Delivered columns are read from the queries of the transformation. They are named as in the "
        "THIN-like layout; a delivery in OMOP layout brings the fields of the CDM itself."
    )
    return together(table(heads, rows, "Lineage of every column"), note)


def _row(origin: Origin, source: str) -> tuple[Html | str, ...]:
    return (
        tag("code", origin.column, class_="id"),
        origin.how or f"from {source}",
        _fields(origin.reads),
        _fields(origin.delivered),
    )


def _fields(found: Iterable[Field]) -> Html | str:
    """Columns by table, a line for each table."""
    by_table: dict[str, list[str]] = defaultdict(list)
    for name, column in found:
        by_table[name].append(column)
    if not by_table:
        return NOTHING
    return Html(
        "".join(
            tag("span", tag("b", name), f": {', '.join(names)}", class_="fields")
            for name, names in by_table.items()
        )
    )
