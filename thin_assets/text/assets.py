"""Text in Dagster: dictionary terms in the notes of a partition; an empty table where no text is let in."""

from pathlib import Path

import dagster as dg

from thin_assets.domain.pools import TEXT
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import GRID
from thin_assets.resources.lake import Lake
from thin_assets.resources.raw_key import raw_key
from thin_assets.resources.sums import keep_sum
from thin_assets.resources.warehouse import Warehouse
from thin_assets.text.contract import MENTION
from thin_assets.text.lexicon import lexicon_version
from thin_assets.text.stream import write_mentions

_NOTES_BETWEEN_LINES = 500_000


@dg.asset(
    key=["text", MENTION],
    group_name="text",
    partitions_def=GRID,
    deps=[["raw", "text"]],
    owners=["team:data-science"],
    kinds={"python", "parquet"},
    pool=TEXT,
)
def mention(context: dg.AssetExecutionContext, lake: Lake, warehouse: Warehouse) -> dg.MaterializeResult:
    """Terms of our dictionaries in the notes of the restricted text bundle, and what is said of them.

    Grain   one row per note and term found in it; none without a text bundle.

    Rule    no word of a note but a dictionary term; see docs/explanation/free-text.md.
    """
    snapshot = Snapshot.of(context.partition_key)
    texts = lake.whole_if_built("raw", "text", snapshot)
    logged = 0

    def progress(notes: int, mentions: int) -> None:
        nonlocal logged
        if notes - logged >= _NOTES_BETWEEN_LINES:
            logged = notes
            context.log.info("text: %d mentions in %d notes so far", mentions, notes)

    with warehouse.open(raw_key(Path(lake.home), [texts])) as con:
        notes, mentions = write_mentions(texts, lake.file("text", MENTION, snapshot), con, progress)
        keep_sum(lake.file("text", MENTION, snapshot))
    delivered = (lake.reported("landing", snapshot) or {}).get("delivery")
    counts = {"notes": notes, "mentions": mentions, "lexicon": lexicon_version()}
    lake.report("text", snapshot, {"delivery": delivered, **counts})
    context.log.info("text: %d mentions in %d notes", mentions, notes)
    return dg.MaterializeResult(metadata={"dagster/row_count": mentions, **counts})


ASSETS = [mention]
