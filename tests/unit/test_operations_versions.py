"""Published versions that go, and those that a reader, a release or a recall can still ask for."""

import datetime as dt
from pathlib import Path

import pytest

from tests.products import HAND, LUNG, REPORT, publish, publish_page
from thin_assets import read_published
from thin_assets.domain.snapshot import Snapshot
from thin_assets.operations.retention.carry_out import THROWN_AWAY, carry_out_versions
from thin_assets.operations.retention.needs import named_builds
from thin_assets.operations.retention.plan import Ground, Needs
from thin_assets.operations.retention.policy import Policy, Versions
from thin_assets.operations.retention.versions import kept_versions, plan_versions
from thin_assets.published.declared.product import Product
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.record import audit
from thin_assets.published.record.recalls import recall_version
from thin_assets.published.record.releases import release

GB = Snapshot.named("GB", "2024-03")
AT_ONCE = Versions.model_construct(days=0, earlier=1)
"""Not what a policy may say: nothing is young."""


def ground(home: Path, versions: Versions = AT_ONCE) -> Ground:
    rules = Policy.load().model_copy(update={"published": versions})
    now = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    return Ground(home, rules, Needs({}, {}, is_idle=True), now)


def tidy(home: Path, product: Product, versions: Versions = AT_ONCE) -> list[bool]:
    at = ground(home, versions)
    found = list(plan_versions(Shelf(home, product), versions, at.now))
    return [carry_out_versions(one, at, HAND) for one in found]


def height(home: Path, **wanted: object) -> int:
    return read_published(LUNG.name, home=home, **wanted).height


def test_a_release_a_recall_and_current_readers_lose_nothing(tmp_path: Path) -> None:
    for entries in (3, 4):
        publish(tmp_path, GB.key, entries)
    release(Shelf(tmp_path, LUNG), "2024Q1", "the second", HAND)
    versions = [publish(tmp_path, GB.key, entries).version for entries in (5, 6, 7)]
    assert tidy(tmp_path, LUNG) == [True]
    assert (height(tmp_path), height(tmp_path, release="2024Q1")) == (7, 4)
    recall_version(Shelf(tmp_path, LUNG), versions[-1], "wrong", HAND)
    assert height(tmp_path) == 6


def test_versions_that_nobody_can_ask_for_leave_the_disk_and_a_line(tmp_path: Path) -> None:
    for entries in (3, 4, 5):
        publish(tmp_path, GB.key, entries)
    table = Shelf(tmp_path, LUNG).table
    assert len(list(table.rglob("*.parquet"))) == 3
    assert tidy(tmp_path, LUNG) == [True]
    assert len(list(table.rglob("*.parquet"))) == 2
    line = audit.entries(tmp_path)[-1]
    assert (line["event"], line["product"], line["counts"]["files"]) == (THROWN_AWAY, LUNG.name, 1)
    assert tidy(tmp_path, LUNG) == []


def test_what_is_young_stays_though_nobody_names_it(tmp_path: Path) -> None:
    for entries in (3, 4, 5):
        publish(tmp_path, GB.key, entries)
    assert tidy(tmp_path, LUNG, Policy.load().published) == []


def test_the_last_good_version_before_a_recalled_one_counts_as_what_a_recall_needs(tmp_path: Path) -> None:
    first, second, third = (publish(tmp_path, GB.key, entries).version for entries in (3, 4, 5))
    recall_version(Shelf(tmp_path, LUNG), third, "wrong", HAND)
    kept = kept_versions(Shelf(tmp_path, LUNG), 1, AT_ONCE)
    assert third not in kept
    assert {second, max(kept)} <= set(kept)
    assert first not in kept
    tidy(tmp_path, LUNG)
    assert height(tmp_path) == 4


@pytest.mark.parametrize("is_released", [True, False])
def test_of_files_current_one_earlier_and_released_versions_stay(tmp_path: Path, is_released: bool) -> None:
    publish_page(tmp_path, GB.key, "<p>first</p>")
    if is_released:
        release(Shelf(tmp_path, REPORT), "2024Q1", "the first", HAND)
    for text in ("second", "third"):
        publish_page(tmp_path, GB.key, f"<p>{text}</p>")
    folder = Shelf(tmp_path, REPORT).table / GB.partition_folder
    assert tidy(tmp_path, REPORT) == ([] if is_released else [True])
    texts = {path.read_text() for path in folder.glob("*/index.html")}
    assert texts == {"<p>third</p>", "<p>second</p>"} | ({"<p>first</p>"} if is_released else set())
    assert tidy(tmp_path, REPORT) == []


def test_builds_that_a_release_or_a_current_table_or_page_names_are_needed(tmp_path: Path) -> None:
    publish(tmp_path, GB.key, 3, build="b1")
    release(Shelf(tmp_path, LUNG), "2024Q1", "the first", HAND)
    publish(tmp_path, GB.key, 4, build="b2")
    publish(tmp_path, GB.key, 5, build="b3")
    publish_page(tmp_path, GB.key, "<p>old</p>", build="b4")
    publish_page(tmp_path, GB.key, "<p>new</p>", build="b5")
    assert named_builds(tmp_path, {one.name: one for one in (LUNG, REPORT)}) == {
        "b1": "release lung_cancer_features 2024Q1",
        "b3": "published lung_cancer_features",
        "b5": "published cohort_report",
    }
