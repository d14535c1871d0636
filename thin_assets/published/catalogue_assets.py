"""The catalogue in Dagster: one asset over all products; it follows publications where automation is on."""

from pathlib import Path

import dagster as dg

from thin_assets.automation import ONCE_OTHERS_ARE_DONE
from thin_assets.published.catalogue.draw import build_catalogue, folder_of
from thin_assets.published.declared.product import products
from thin_assets.resources.lake import Lake
from thin_assets.resources.page_file import leads_to
from thin_assets.resources.shared_products import shared_catalogue

KEY = dg.AssetKey(["published", "catalogue"])


def catalogue_asset(own: Path | None) -> dg.AssetsDefinition:
    """The catalogue of all products, those of a folder of one's own among them."""

    @dg.asset(
        key=KEY,
        group_name="published",
        deps=[["published", name] for name in products(own)],
        owners=["team:data-products"],
        kinds={"html"},
        automation_condition=ONCE_OTHERS_ARE_DONE,
    )
    def catalogue(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:
        """Everything that is published, as static pages: cards, features with search, versions, lineage.

        Grain   one catalogue of all products, countries and months; whatever is published by then.

        Rule    counts to the nearest ten, none below ten; docs/explanation/data-cards.md
        """
        home = Path(lake.home)
        declared = products(own)
        with shared_catalogue(home, [(one.zone, one.name) for one in declared.values()]):
            counts = build_catalogue(home, declared)
        page = folder_of(home) / "index.html"
        context.log.info("catalogue: %(products)d products, %(partitions)d partitions", counts)
        return dg.MaterializeResult(metadata=counts | leads_to(page))

    return catalogue
