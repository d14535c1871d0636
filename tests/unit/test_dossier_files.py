"""The folder of a dossier: the same bytes twice, every link leads somewhere, nothing of few is in it."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.dossier import MAPPING, cohort, files, mapping, papers, parts
from thin_assets.cli import app
from thin_assets.errors import NothingSealed, SettingsError
from thin_assets.evidence.dossier_cohort import shown_attrition
from thin_assets.evidence.dossier_files import CHECKSUMS, dossier_files, without_rare_codes
from thin_assets.pages.prose import chapters, prose
from thin_assets.resources.dbt_docs import described_models
from thin_assets.resources.files import replacing_folder

RUNNER = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_the_same_build_gives_the_same_bytes(tmp_path: Path) -> None:
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_every_link_leads_to_a_file_of_the_folder(tmp_path: Path) -> None:
    made = files(tmp_path)
    for name in (name for name in made if name.endswith(".html")):
        text = made[name].decode()
        for target in re.findall(r'href="([^"]+)"', text):
            page, _, place = target.partition("#")
            assert not page or str(PurePosixPath(name).parent / page) in made, (name, target)
            there = made[page].decode() if page else text
            assert not place or f'id="{place}"' in there, (name, target)


def test_every_file_can_be_reached_from_the_entry(tmp_path: Path) -> None:
    made = files(tmp_path)
    pages = [text.decode() for name, text in made.items() if name.endswith(".html")]
    linked = {target.partition("#")[0] for text in pages for target in re.findall(r'href="([^"]+)"', text)}
    assert set(made) - linked == set()


def test_checksums_are_of_all_other_files(tmp_path: Path) -> None:
    made = files(tmp_path)
    told = dict(line.split("  ")[::-1] for line in made[CHECKSUMS].decode().splitlines())
    rest = {name: hashlib.sha256(content).hexdigest() for name, content in made.items() if name != CHECKSUMS}
    assert told == rest


def test_no_page_asks_for_anything_or_runs_anything(tmp_path: Path) -> None:
    for name, content in files(tmp_path).items():
        if name.endswith(".html"):
            assert not re.search(r"<script|<link|<img|src=|https?://", content.decode()), name


def test_the_entry_sums_the_build_up(tmp_path: Path) -> None:
    text = files(tmp_path)["index.html"].decode()
    for told in (
        "1,000",
        "75.0 %",
        "80.0 %",
        "3 passed, 1 failed of 4 executed; 1 not applicable",
        "v1",
        "b1",
    ):
        assert told in text, told


def test_a_delivery_without_cdm_source_is_told_apart_by_its_build(tmp_path: Path) -> None:
    """Deliveries in OMOP layout may leave the table empty; the cut-off is then the day of release."""
    whole = parts(tmp_path)
    bare = replace(whole, build=replace(whole.build, cdm_source={}))
    made = dossier_files(bare, papers())
    assert "CDM_SOURCE is empty, extract until 2024-03-31" in made["index.html"].decode()
    assert made["cdm_source.json"] == b"{}\n"


def test_an_omop_delivery_shows_no_transformation_of_ours(tmp_path: Path) -> None:
    whole = parts(tmp_path)
    identity = dict(whole.build.identity) | {"layout": "omop-cdm-5.3"}
    made = dossier_files(replace(whole, build=replace(whole.build, identity=identity)), papers())
    text = made["etl.html"].decode()
    assert "The delivery is an OMOP CDM already" in text
    assert "Steps of the transformation" not in text


def test_pages_say_when_other_code_made_the_build(tmp_path: Path) -> None:
    whole = parts(tmp_path)
    made = dossier_files(replace(whole, build=replace(whole.build, is_our_code=False)), papers())
    assert "made by another version of the code" in made["etl.html"].decode()


def test_a_code_of_few_without_description_is_nowhere(tmp_path: Path) -> None:
    """21.8 was typed into a column of codes: it is somebody's value."""
    scene, codes = mapping(tmp_path, MAPPING)
    assert "21.8" in scene.report.codes["source_code"].to_list()
    shown = without_rare_codes(scene.report, codes)
    assert "21.8" not in shown.codes["source_code"].to_list()
    assert "G2XX." in shown.codes["source_code"].to_list()


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([200, 195, 120, 120], [None, 195, 120, 120]),
        ([200, 190, 120], [200, 190, 120]),
        ([126, 123, 120], [None, None, 120]),
        ([40, 9, 9], [40, None, None]),
        ([30, 0], [30, 0]),
    ],
)
def test_an_attrition_does_not_tell_how_few_left(steps: list[int], shown: list[int | None]) -> None:
    attrition = cohort([(str(number), persons) for number, persons in enumerate(steps)]).attrition
    assert shown_attrition(attrition)["persons"].to_list() == shown


def test_a_page_of_our_docs_becomes_chapters_that_link_to_each_other() -> None:
    before, sections = chapters(
        "<!-- x -->\n# T\n\nA & b\n\n- [One](#one): 1\n\n## One\n\n| a |\n| - |\n| 1 |\n"
    )
    assert (str(before), [one.key for one in sections]) == ("<p>A &amp; b</p>\n", ["one"])
    assert sections[0].body.startswith('<div class="scroll" tabindex="0"><table>')


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("[here](#there)", '<p><a href="#there">here</a></p>\n'),
        ("[away](https://example.org)", "<p><span>away</span></p>\n"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
    ],
)
def test_prose_loads_nothing_and_runs_nothing(markdown: str, html: str) -> None:
    assert prose(markdown) == html


def test_every_model_says_what_a_row_is_and_what_it_reads() -> None:
    models = {model.name: model for model in described_models()}
    assert [name for name, model in models.items() if not (model.grain or model.description)] == []
    assert "int_persons_built" in models["person"].reads
    assert "stg_thin__consultations" in models["int_consultations_screened"].reads
    assert models["reconciliation"].description.startswith("What became of every delivered row")


def test_a_folder_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for name in ("old", "new"):
        with replacing_folder(folder) as temporary:
            (temporary / name).touch()
    assert [path.name for path in folder.iterdir()] == ["new"]
    with pytest.raises(ValueError, match="stop"), replacing_folder(folder) as temporary:
        (temporary / "half").touch()
        raise ValueError("stop")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "new"]


@pytest.mark.parametrize("command", [["dossier"], ["mapping"], ["maps", "template"]])
def test_without_a_build_there_is_nothing_to_write(tmp_path: Path, command: list[str]) -> None:
    arguments = ["--country", "GB", "--snapshot", "2024-03", "--out", str(tmp_path / "out")]
    shown = RUNNER.invoke(app, ["--home", str(tmp_path / "home"), *command, *arguments])
    assert isinstance(shown.exception, NothingSealed)
    assert shown.exception.exit_code == 43
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    arguments = ["dossier", "--country", "GB", "--snapshot", "2024-03", "--out", str(tmp_path)]
    shown = RUNNER.invoke(app, ["--home", str(tmp_path / "home"), *arguments])
    assert isinstance(shown.exception, SettingsError)
    assert (tmp_path / "thesis.txt").exists()


def test_tables_leave_hidden_numbers_empty(tmp_path: Path) -> None:
    codes = pl.read_csv(files(tmp_path)["mapping/mapping_codes.csv"])
    few = codes.filter(pl.col("persons").is_between(1, 9) | pl.col("records").is_between(1, 9))
    assert few.height == 0
    assert codes["records"].null_count() > 0
