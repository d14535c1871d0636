"""The catalogue: a folder that is whole, the same for the same shelves, and lists what is published."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.products import LUNG, publish
from tests.shop import put_on_shelf
from thin_assets.cli.main import app
from thin_assets.domain.snapshot import Snapshot
from thin_assets.published.catalogue import draw as room
from thin_assets.published.catalogue.draw import build_catalogue, folder_of
from thin_assets.published.catalogue.stock import take_stock
from thin_assets.published.declared.product import products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.resources.files import read_json, write_json

GB, FR = (Snapshot.named(country, "2024-03") for country in ("GB", "FR"))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_nothing_published_makes_a_catalogue_that_says_so(tmp_path: Path) -> None:
    counts = build_catalogue(tmp_path, products())
    assert (counts["products"], counts["partitions"], counts["features"]) == (0, 0, 0)
    assert "not published yet" in (folder_of(tmp_path) / "index.html").read_text(encoding="utf-8")


def test_every_product_has_a_page_and_a_card_on_its_shelf(tmp_path: Path) -> None:
    put_on_shelf(tmp_path, [(GB, 100)])
    build_catalogue(tmp_path, products())
    pages = {path.stem for path in (folder_of(tmp_path) / "products").glob("*.html")}
    assert pages == set(products())
    assert Shelf(tmp_path, LUNG).card.is_file()


def test_the_same_shelves_give_the_same_bytes(tmp_path: Path) -> None:
    put_on_shelf(tmp_path, [(GB, 100), (FR, 60)])
    build_catalogue(tmp_path, products())
    before = bytes_of(folder_of(tmp_path))
    build_catalogue(tmp_path, products())
    assert bytes_of(folder_of(tmp_path)) == before


def test_what_is_no_longer_there_vanishes_with_the_next_catalogue(tmp_path: Path) -> None:
    build_catalogue(tmp_path, products())
    (folder_of(tmp_path) / "products" / "of_last_year.html").write_text("old")
    build_catalogue(tmp_path, products())
    assert not (folder_of(tmp_path) / "products" / "of_last_year.html").exists()


def test_a_catalogue_that_cannot_be_drawn_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_shelf(tmp_path, [(GB, 100)])
    build_catalogue(tmp_path, products())
    before = bytes_of(folder_of(tmp_path))

    def fault(_: object) -> str:
        raise OSError("no space")

    monkeypatch.setattr(room, "draw_lineage", fault)
    with pytest.raises(OSError, match="no space"):
        build_catalogue(tmp_path, products())
    assert bytes_of(folder_of(tmp_path)) == before


def test_every_version_is_listed_newest_first(tmp_path: Path) -> None:
    put_on_shelf(tmp_path, [(GB.previous, 90), (GB, 100)])
    build_catalogue(tmp_path, products())
    text = (folder_of(tmp_path) / "changes.html").read_text(encoding="utf-8")
    assert text.index("GB 2024-03") < text.index("GB 2024-02")
    assert "2 versions, newest first" in text


def test_the_index_holds_no_count_below_ten_and_none_that_is_exact(tmp_path: Path) -> None:
    put_on_shelf(tmp_path, [(GB, 103), (FR, 7)])
    build_catalogue(tmp_path, products())
    told = json.loads(
        (folder_of(tmp_path) / "data" / "index.js").read_text().removeprefix("catalogue.took(").rstrip(");\n")
    )
    assert told["cells"] == [[LUNG.name, "GB", "2024-03", 100]]
    rows = json.loads(
        (folder_of(tmp_path) / "data" / "features-000.js")
        .read_text()
        .removeprefix("catalogue.received(0,")
        .rstrip(");\n")
    )
    counts = [count for row in rows for count in row[-1][1::2]]
    assert counts
    assert min(counts) >= 10
    assert {count % 10 for count in counts} == {0}


def test_the_pages_carry_a_policy_that_lets_nothing_in_from_elsewhere(tmp_path: Path) -> None:
    put_on_shelf(tmp_path, [(GB, 100)])
    build_catalogue(tmp_path, products())
    for page in folder_of(tmp_path).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "default-src &#x27;none&#x27;" in text
        assert "http://" not in text.replace("http://127.0.0.1", "")
        assert "https://" not in text
        assert "onclick" not in text


def test_the_command_says_where_the_catalogue_lies(tmp_path: Path) -> None:
    put_on_shelf(tmp_path / "home", [(GB, 100)])
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["--home", str(tmp_path / "home"), "catalogue"])
    assert done.exit_code == 0, done.output
    assert str(folder_of(tmp_path / "home") / "index.html") in done.output
    assert (folder_of(tmp_path / "home") / "index.html").is_file()


def test_what_is_no_longer_published_loses_its_card(tmp_path: Path) -> None:
    shelf = put_on_shelf(tmp_path, [(GB, 100)])
    build_catalogue(tmp_path, products())
    shelf.facts(GB).unlink()
    build_catalogue(tmp_path, products())
    assert not shelf.card.exists()


def test_a_version_that_was_put_back_has_the_dictionary_that_it_had(tmp_path: Path) -> None:
    shelf = put_on_shelf(tmp_path, [(GB, 100)])
    before = take_stock(shelf).dictionary(GB)
    for version, puts_back in ((2, 1), (3, 2)):
        facts = read_json(shelf.facts(GB)) | {"version": version, "puts_back": puts_back}
        write_json(shelf.facts(GB), facts)
        write_json(shelf.facts_of(GB, version), facts)
    assert before.height > 0
    assert take_stock(shelf).dictionary(GB).equals(before)


def test_a_recall_shows_in_the_catalogue_at_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    publish(home, GB.key, 12)
    run = CliRunner(env={"COLUMNS": "200"}).invoke
    asked = ("--home", str(home), "recall", LUNG.name, "--version", "1", "--reason", "a wrong map")
    done = run(app, asked)
    assert done.exit_code == 0, done.output
    assert "a wrong map" in (folder_of(home) / "changes.html").read_text(encoding="utf-8")


def test_every_kind_of_file_of_the_package_is_installed_with_it() -> None:
    """The script of the catalogue too: without it nothing is found."""
    root = Path(__file__).parents[2]
    told = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    installed = told["tool"]["setuptools"]["package-data"]["thin_assets"]
    kinds = {path.suffix for path in (root / "thin_assets").rglob("*.*") if path.is_file()}
    assert {kind for kind in kinds - {".py", ".pyc"} if f"**/*{kind}" not in installed} == set()
