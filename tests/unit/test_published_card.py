"""The data card: every part tells what the facts say, and no small number."""

import re
from pathlib import Path

import pytest

from tests.products import LUNG, REPORT
from tests.shop import put_on_shelf
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.card.page import draw_card
from thin_assets.published.catalogue.stock import Stock, take_stock
from thin_assets.published.declared.product import Product, products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.resources.files import read_json, write_json

GB, FR = (Snapshot.named(country, "2024-03") for country in ("GB", "FR"))
BEFORE = GB.previous


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    home = tmp_path_factory.mktemp("card") / "home"
    return take_stock(put_on_shelf(home, [(BEFORE, 210), (GB, 234), (FR, 57)]))


@pytest.fixture(scope="module")
def card(stock: Stock) -> str:
    return draw_card(stock)


def part(card: str, title: str) -> str:
    return card.split(f"<h2>{title}</h2>")[1].split("</section>")[0]


def rows(text: str) -> list[list[str]]:
    """Cells of every row of the tables of a part, as text."""
    found = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found]
    return [[re.sub(r"<[^>]+>", " ", cell).strip() for cell in row] for row in cells]


def test_the_card_says_what_for_whom_and_by_whom(card: str) -> None:
    told = dict(row for row in rows(part(card, "What it is")) if len(row) == 2)
    assert told["What a row is"] == LUNG.grain
    assert told["Purpose"] == LUNG.purpose
    assert told["For whom"] == "the secure environment of its project (lung_cancer)"
    assert told["Owner"] == LUNG.owner


def test_every_partition_stands_with_its_version(card: str) -> None:
    told = rows(part(card, "What is published"))
    assert ["country", "2024-02", "2024-03"] in told
    assert ["United Kingdom", "210 v1", "230 v2"] in told
    assert ["France", "–", "60 v3"] in told


def test_entries_by_month_are_drawn_where_there_are_two_months(card: str) -> None:
    assert 'aria-label="Entries by month"' in card


def test_the_delivery_and_build_of_every_partition_are_named(card: str, stock: Stock) -> None:
    told = rows(part(card, "Deliveries and builds"))
    for snapshot, facts in stock.now.items():
        row = next(one for one in told if one[0] == f"{snapshot.country} {snapshot.folder}")
        assert row[1] == facts["delivery"]["manifest_sha256"][:12]
        assert facts["build"] in row


def test_attrition_is_told_rule_by_rule_and_country_by_country(card: str) -> None:
    told = rows(part(card, "Who is in it, and who is not"))
    assert told[0][2:] == ["GB", "FR"]
    assert next(row for row in told if row[0] == "in the cohort")[1] == "290"


def test_prevalence_is_told_by_country_and_by_split(card: str) -> None:
    text = part(card, "How frequent covariates are")
    assert "Cough, 365 days before" in text
    assert "by split and case status" in text
    assert re.search(r"train cases, \d+", text)


def test_quality_and_drift_are_told(card: str) -> None:
    judged = rows(part(card, "Data quality"))
    assert next(row for row in judged if row[0] == "GB 2024-03")[1:3] == ["1,871", "3"]
    moved = rows(part(card, "What moved since last month"))
    assert next(row for row in moved if row[0] == "FR 2024-03")[-1] == "too few to judge"
    assert next(row for row in moved if row[0] == "GB 2024-03")[-1] == "stable"


def test_limits_are_told_and_that_persons_are_invented(card: str) -> None:
    text = part(card, "Known limits")
    assert all(limit.split("_")[0] in text for limit in LUNG.limits)
    assert "invented" in text


def test_every_column_is_told_with_unit_and_meaning_of_null(card: str) -> None:
    told = {row[0].split()[0]: row for row in rows(part(card, "Columns"))[1:]}
    assert list(told) == [column.name for column in LUNG.columns]
    for column in LUNG.columns:
        assert told[column.name][-1] == (column.null_means or "never null")


def test_every_column_has_its_lineage(card: str) -> None:
    text = part(card, "Where it comes from")
    told = {row[0]: row for row in rows(text) if len(row) == 4}
    assert set(told) >= {column.name for column in LUNG.columns}
    assert "measurement : value_as_number" in told["value"][2]
    assert "ahd : data1" in told["value"][3]


def test_the_lines_to_read_it_hold_its_own_path(card: str) -> None:
    text = part(card, "How to read it")
    for tool in ("polars", "pandas", "DuckDB", "R", "Spark"):
        assert f"<h3>{tool}</h3>" in text
    assert text.count(f"home/project/{LUNG.name}/v{LUNG.major}") >= 6


def test_the_lines_for_python_compile(card: str) -> None:
    import html

    blocks = re.findall(r"<h3>(\w[\w ]*)</h3><pre[^>]*><code>(.*?)</code>", card, re.DOTALL)
    python = [html.unescape(lines) for tool, lines in blocks if tool in ("This project", "polars", "pandas")]
    assert len(python) == 3
    for lines in python:
        compile(lines, "card", "exec")


def test_it_says_how_to_cite_the_state_of_the_data(card: str) -> None:
    text = part(card, "How to cite it")
    assert f"contract {LUNG.version}, version 3" in text
    assert "snapshots 2024-02 to 2024-03" in text


def test_releases_and_recalls_are_told_with_their_reason(tmp_path: Path) -> None:
    shelf = put_on_shelf(tmp_path, [(GB, 100)])
    made = {
        "name": "2024Q1",
        "contract": "1.0.0",
        "major": 1,
        "version": 1,
        "partitions": {},
        "who": "somebody",
    }
    made |= {"notes": "first quarter", "when": "2024-04-10T08:00:00+00:00"}
    recall = {"asked": "2024Q1", "major": 1, "versions": [1], "reason": "a wrong map", "who": "somebody"}
    write_json(
        shelf.releases, {"releases": [made], "recalls": [recall | {"when": "2024-04-11T08:00:00+00:00"}]}
    )
    text = part(draw_card(take_stock(shelf)), "Releases and recalls")
    assert ["2024Q1", "1.0.0", "v1", "2024-04-10", "first quarter", "recalled"] in rows(text)
    assert ["2024Q1", "v1", "2024-04-11", "a wrong map"] in rows(text)
    assert "somebody" not in text


def test_few_persons_are_told_nowhere(tmp_path: Path) -> None:
    """Seven entries: neither they nor a covariate of theirs nor a step of the attrition is told."""
    card = draw_card(take_stock(put_on_shelf(tmp_path, [(GB, 7)])))
    assert ["United Kingdom", "&lt;10 v1"] in rows(part(card, "What is published"))
    assert {row[1] for row in rows(part(card, "Who is in it, and who is not"))[1:]} == {"&lt;10"}
    assert "No covariate is shown" in part(card, "How frequent covariates are")


def test_what_was_kept_back_is_told_coarsely_and_anonymity_is(tmp_path: Path) -> None:
    shelf = put_on_shelf(tmp_path, [(GB, 100)])
    alike = {"levels": {"age": "10 years", "sex": "exact"}, "smallest": 12, "groups": 5, "diversity": 2}
    more = {"suppressed": {"persons_left_out": 4, "rows": 116}, "anonymity": alike | {"closeness": 0.128}}
    write_json(shelf.facts(GB), read_json(shelf.facts(GB)) | more)
    told = rows(part(draw_card(take_stock(shelf)), "Whose secrets are kept"))
    assert ["GB 2024-03", "&lt;10", "120"] in told
    assert ["GB 2024-03", "12", "5", "2", "0.13", "age 10 years, sex exact"] in told


@pytest.mark.parametrize("name", sorted(products()))
def test_every_declared_product_has_a_card_before_it_is_published(tmp_path: Path, name: str) -> None:
    card = draw_card(take_stock(Shelf(tmp_path, products()[name])))
    assert "Nothing of it is published yet." in card


def test_a_report_has_a_card_without_columns(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, REPORT)
    facts = {"build": "b1", "contract": "1.0.0", "version": "3fa9c1d27b04", "rows": 1, "entries": 1}
    facts |= {"published_at": "2024-04-09T06:01:00+00:00", "nulls": {}, "suppressed": {}}
    write_json(shelf.facts(GB), facts)
    card = draw_card(take_stock(shelf))
    assert ["United Kingdom", "1 v3fa9c1d27b04"] in rows(part(card, "What is published"))
    assert "<h2>Columns</h2>" not in card
    assert "A folder of files for each partition" in card


def test_the_same_facts_give_the_same_bytes(stock: Stock, card: str) -> None:
    assert draw_card(take_stock(stock.shelf)) == card


AGGREGATES = [product for product in products().values() if product.kind == "aggregate"]


@pytest.mark.parametrize("product", AGGREGATES, ids=lambda product: product.name)
def test_the_card_of_an_aggregate_says_how_small_numbers_are_kept_back(
    tmp_path: Path, product: Product
) -> None:
    told = dict(rows(part(draw_card(take_stock(Shelf(tmp_path, product))), "Whose secrets are kept")))
    assert told["smallest shown"] == str(product.disclosure.smallest_shown)
    assert told.get("dimensions", "") == "; ".join(one.name for one in product.disclosure.dimensions)
