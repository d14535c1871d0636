"""Where columns come from can be followed on the pages of assets, from a product back to the delivery."""

from collections.abc import Iterator

import dagster as dg
import pytest

from thin_assets.column_lineage import lineage_of
from thin_assets.definitions import defs
from thin_assets.domain import layout
from thin_assets.published.declared.product import products
from thin_assets.settings import Settings

PRODUCTS = products(Settings.load().studies_folder)
GRAPH = defs.resolve_asset_graph()
LINEAGE, WORDS = "dagster/column_lineage", "where columns come from"
FEATURES = dg.AssetKey(["features", "lung_cancer_matched"])


def deps_of(key: dg.AssetKey) -> dict[str, list[dg.TableColumnDep]]:
    """Columns that each column of an asset reads, as Dagster shows them."""
    told = GRAPH.get(key).metadata.get(LINEAGE)
    return {} if told is None else dict(told.deps_by_column)


def told_of(key: dg.AssetKey) -> dict[str, list[str]]:
    """How a column is made, what it reads, and as what that was delivered: the words, by column."""
    rows = GRAPH.get(key).metadata[WORDS].md_str.splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {column.strip("`"): told for column, *told in cells}


def origins_of(key: dg.AssetKey, column: str) -> Iterator[tuple[str, str]]:
    """What is reached from a column when lineage is followed to its end."""
    reads = deps_of(key).get(column, [])
    if not reads:
        yield key.to_user_string(), column
    for one in reads:
        yield from origins_of(one.asset_key, one.column_name)


@pytest.mark.parametrize("key", sorted(lineage_of(PRODUCTS)), ids=dg.AssetKey.to_user_string)
def test_every_column_that_is_read_is_one_of_an_asset(key: dg.AssetKey) -> None:
    reads = {one for deps in deps_of(key).values() for one in deps}
    unknown = {one.asset_key.to_user_string() for one in reads if not GRAPH.has(one.asset_key)}
    assert unknown == set()
    raw = {(one.asset_key.path[1], one.column_name) for one in reads if one.asset_key.path[0] == "raw"}
    assert {(table, column) for table, column in raw if column not in layout.column_names(table)} == set()


@pytest.mark.parametrize(
    "product", [one for one in PRODUCTS.values() if one.columns], ids=lambda one: one.name
)
def test_a_product_tells_the_origin_of_every_column(product) -> None:
    key = dg.AssetKey(["published", product.name])
    columns = [column.name for column in product.columns]
    assert list(deps_of(key)) == columns
    words = told_of(key)
    assert list(words) == columns
    assert [column for column, (how, *_) in words.items() if not how] == []


@pytest.mark.parametrize(
    ("column", "delivered"),
    [
        ("covariate_id", ("raw/medical", "medcode")),
        ("covariate_id", ("raw/therapy", "drugcode")),
        ("value", ("raw/ahd", "data2")),
        ("n", ("raw/therapy", "prscdate")),
        ("person_id", ("raw/patient", "patid")),
    ],
)
def test_a_published_feature_leads_back_to_the_delivered_columns(
    column: str, delivered: tuple[str, str]
) -> None:
    found = set(origins_of(dg.AssetKey(["published", "lung_cancer_features"]), column))
    assert delivered in found
    assert {key.split("/")[1] for key, _ in found if key.startswith("raw/")} <= set(layout.all_tables())


def test_the_words_say_the_same_as_the_links() -> None:
    linked = {f"{key.removeprefix('raw/')}.{column}" for key, column in origins_of(FEATURES, "covariate_id")}
    _, _, delivered = told_of(FEATURES)["covariate_id"]
    assert set(delivered.split(", ")) <= linked
