"""Parts of a card about using a product: how to read it with what one has, and how to cite it."""

from thin_assets.pages.frame import Section, paragraph, together
from thin_assets.pages.markup import Html, tag
from thin_assets.published.catalogue.stock import Stock
from thin_assets.resources.store import shared_store

_TOOLS = {
    "This project": """import thin_assets

table = thin_assets.read_published("{name}", home="{home}")""",
    "polars": """import polars as pl

table = pl.read_delta("{path}")
earlier = pl.read_delta("{path}", version={version})""",
    "pandas": """from deltalake import DeltaTable
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

local = SubTreeFileSystem("{path}", LocalFileSystem())
table = DeltaTable("{path}").to_pandas(filesystem=local)
earlier = DeltaTable("{path}", version={version}).to_pandas(filesystem=local)""",
    "DuckDB": """install delta;
load delta;
select country, snapshot, count(*) from delta_scan('{path}') group by all;""",
    "R": """library(duckdb)
con <- dbConnect(duckdb())
dbExecute(con, "install delta; load delta")
rows <- dbGetQuery(con, "select * from delta_scan('{path}')")""",
    "Spark": """table = spark.read.format("delta").load("{path}")
earlier = spark.read.format("delta").option("versionAsOf", {version}).load("{path}")""",
}
"""Lines that read a Delta table; only the first need this project."""

_OF_FILES = ("pandas",)
"""Tools whose lines read files of a machine, not a store."""


def reading(stock: Stock) -> Section:
    """Lines to copy, with this product's own path."""
    product, store = stock.product, shared_store()
    home = stock.shelf.home.name if store is None else store.address
    path = f"{home}/{stock.shelf.table.relative_to(stock.shelf.home).as_posix()}"
    if product.kind in ("report", "model"):
        return Section(
            "reading",
            "How to read it",
            paragraph("A folder of files for each partition: ", tag("code", path)),
        )
    version = max((facts["version"] for facts in stock.now.values()), default=0)
    filled = {
        tool: lines.format(name=product.name, home=home, path=path, version=max(version - 1, 0))
        for tool, lines in _TOOLS.items()
        if store is None or tool not in _OF_FILES
    }
    beside = paragraph(
        "Beside the table: its contract ",
        tag("code", f"contracts/{product.version}.yaml"),
        " (Open Data Contract Standard) and its description ",
        tag("code", "croissant.json"),
        " (Croissant).",
    )
    return Section("reading", "How to read it", together(*map(_lines, filled, filled.values()), beside))


def _lines(tool: str, lines: str) -> Html:
    return tag(
        "div", tag("h3", tool), tag("pre", tag("code", lines), tabindex="0", aria_label=f"Lines for {tool}")
    )


def citing(stock: Stock) -> Section:
    """A sentence that names the state of the data so that it can be found again."""
    product = stock.product
    if not stock.now:
        return Section("cite", "How to cite it", paragraph("Once it is published."))
    months = stock.months
    span = f"{months[0]:%Y-%m}" if len(months) == 1 else f"{months[0]:%Y-%m} to {months[-1]:%Y-%m}"
    version = (
        max(facts["version"] for facts in stock.now.values()) if _has_numbers(stock) else "of each partition"
    )
    named = f", release {stock.releases[-1]['name']}" if stock.releases else ""
    builds = sorted(
        {facts["build"] for snapshot, facts in stock.now.items() if snapshot in stock.latest.values()}
    )
    published = max(facts["published_at"] for facts in stock.now.values())
    sentence = (
        f"{product.title} ({product.name}), contract {product.version}, version {version}{named}; "
        f"{', '.join(stock.countries)}, snapshots {span}; builds {', '.join(builds)}. "
        f"Published {published[:10]} by {product.owner}, thin-assets."
    )
    return Section("cite", "How to cite it", tag("blockquote", sentence))


def _has_numbers(stock: Stock) -> bool:
    """Whether versions are numbers of a table, not names of files."""
    return all(isinstance(facts["version"], int) for facts in stock.now.values())
