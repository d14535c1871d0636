"""Take the pictures of Dagster's pages and of the catalogue that the documentation shows.

Run `python -m docs.screenshots --home HOME` on a home in which something was built (`make demo` makes one).
"""

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.ui.browser import VIEWPORT, chromium, served
from thin_assets.domain.rooms import ROOMS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.partitions import SNAPSHOT
from thin_assets.published.catalogue.draw import folder_of

IMAGES = Path(__file__).parent / "images"
SHOWN = "GB|2024-03-01"
LOOKED_FOR = "hypertensive"
PATIENCE_MS = 60_000
MARGIN = 24
ROOM_BOXES = "svg foreignObject"
MONTHS_AROUND = 4
_STACK_ROOMS = "localStorage.setItem('asset-graph-direction', JSON.stringify('vertical'))"


def lineage(browser: Browser, address: str, image: Path) -> None:
    """Every room with its assets' states, stacked from landing to published, cut to the boxes."""
    page = browser.new_page(viewport={"width": 1900, "height": 1400})
    page.add_init_script(_STACK_ROOMS)
    page.goto(f"{address}/asset-groups")
    boxes = page.locator(ROOM_BOXES)
    expect(boxes).to_have_count(len(ROOMS) + 1)
    expect(page.get_by_text("fetching statuses")).to_have_count(0)
    _stand_still(page)
    page.screenshot(path=image, clip=_around(box.bounding_box() for box in boxes.all()))


def partitions(browser: Browser, address: str, image: Path, snapshot: Snapshot) -> None:
    """Both dimensions of the sealed CDM, with one partition selected; the navigation is cut away."""
    page = browser.new_page(viewport=VIEWPORT | {"height": 760})
    page.goto(f"{address}/assets/validated/cdm?view=partitions&partition={snapshot.key}")
    months = page.get_by_role("textbox").first
    months.fill(_months_around(snapshot))
    months.press("Enter")
    expect(page.get_by_text("Materialized", exact=True)).to_be_visible()
    _stand_still(page)
    left = page.get_by_role("tablist").bounding_box()["x"] - MARGIN
    size = page.viewport_size
    page.screenshot(
        path=image, clip={"x": left, "y": 0, "width": size["width"] - left, "height": size["height"]}
    )


def catalogue(browser: Browser, home: Path, image: Path) -> None:
    """The entry of the catalogue while a feature is looked for."""
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.goto((folder_of(home) / "index.html").as_uri())
    page.get_by_role("searchbox").fill(LOOKED_FOR)
    expect(page.get_by_role("status")).to_contain_text("features")
    _stand_still(page)
    page.screenshot(path=image)


def _months_around(snapshot: Snapshot) -> str:
    """The range of snapshots to list, as the page's filter writes it."""
    months = SNAPSHOT.get_partition_keys()
    here = months.index(snapshot.month.isoformat())
    near = months[max(here - MONTHS_AROUND, 0) : here + MONTHS_AROUND + 1]
    return f"[{near[0]}...{near[-1]}]"


def _stand_still(page: Page) -> None:
    """Wait until two pictures in a row are the same: layouts and zooms are animated."""
    before = b""
    while (now := page.screenshot()) != before:
        before = now
        page.wait_for_timeout(500)


def _around(boxes: Iterable[FloatRect]) -> FloatRect:
    """The smallest rectangle that holds every box, with a margin."""
    corners = [(box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]) for box in boxes]
    left, top = (min(corner[side] for corner in corners) - MARGIN for side in (0, 1))
    right, bottom = (max(corner[side] for corner in corners) + MARGIN for side in (2, 3))
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def main() -> None:
    """Serve the home, take the pictures, stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="home in which something was built")
    parser.add_argument("--partition", default=SHOWN, help="a partition that was built")
    arguments = parser.parse_args()
    expect.set_options(timeout=PATIENCE_MS)
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        served(arguments.home, log=Path(folder) / "dagster-dev.log") as address,
    ):
        catalogue(browser, arguments.home, IMAGES / "catalogue.png")
        lineage(browser, address, IMAGES / "lineage.png")
        partitions(browser, address, IMAGES / "partitions.png", Snapshot.of(arguments.partition))


if __name__ == "__main__":
    main()
