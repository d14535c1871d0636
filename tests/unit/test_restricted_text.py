"""Free text comes through a door of its own: closed by default, inspected like a delivery, never repeated."""

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.deliveries import MARCH, deliver
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import ChecksumMismatch, DeliveryIncomplete, WrongLayout
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.landing.texts import inspect_texts
from thin_assets.raw.room import unpack_delivery
from thin_assets.resources.intake import Intake
from thin_assets.synthetic import texts
from thin_assets.synthetic.texts import text_frame, truth_of, write_texts

SECRET = b"a secret of the tests"
VISITS = pl.DataFrame(
    {
        "pracid": ["a0001"] * 300,
        "patid": ["P001"] * 300,
        "consultid": [f"c{number:03}" for number in range(300)],
        "eventdate": ["20240102"] * 300,
    }
)


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """A delivery of a hundred consultations."""
    consults = [{"patid": "P001", "consultid": f"C{number:03}"} for number in range(100)]
    return deliver(tmp_path / "deliveries", {"consult": consults})


@pytest.fixture
def bundle(delivery: Path, tmp_path: Path) -> Path:
    """The text bundle of that delivery."""
    return write_texts(delivery, MARCH, seed=7, bundles=tmp_path / "texts", truth=tmp_path / "truth")


def unpacked(delivery: Path, bundle: Path | None, lake: Path) -> dict[str, Path]:
    """Files of the raw room by table."""
    texts = inspect_texts(bundle, MARCH) if bundle else None
    files: dict[str, Path] = {}

    def target(table: str) -> Path:
        return files.setdefault(table, lake / f"{table}.parquet")

    with duckdb.connect() as con:
        unpack_delivery(inspect_delivery(delivery, MARCH), MARCH, SECRET, target, 0.05, con, texts=texts)
    return files


def test_text_is_not_taken_in_unless_the_setting_says_where_it_lies() -> None:
    closed = Intake(home="home", max_rejected_share=0.05)
    opened = Intake(home="home", max_rejected_share=0.05, text_bundles="/restricted")
    assert closed.text_bundle(MARCH) is None
    assert opened.text_bundle(MARCH) == Path("/restricted/GB/2024-03")


def test_a_snapshot_without_a_bundle_has_no_text(delivery: Path, tmp_path: Path) -> None:
    assert inspect_texts(tmp_path / "texts" / "GB" / "2024-03", MARCH) is None
    files = unpacked(delivery, None, tmp_path / "raw")
    assert pl.read_parquet(files["text"]).height == 0


def test_a_bundle_is_typed_and_pseudonymised_like_a_delivery(
    delivery: Path, bundle: Path, tmp_path: Path
) -> None:
    """Every text is there; its keys are the numbers that the delivery's own tables have for them."""
    files = unpacked(delivery, bundle, tmp_path / "raw")
    text, consult = pl.read_parquet(files["text"]), pl.read_parquet(files["consult"])
    assert text.height == json.loads((tmp_path / "truth/GB/2024-03-text.json").read_text())["texts"] > 0
    assert {"textid", "pracid", "patid", "consultid"} & set(text.columns) == set()
    assert text.join(consult, on=["patient_key", "consult_key"], how="anti").height == 0
    assert text.get_column("event_key").n_unique() == text.height


def test_a_bundle_is_held_to_its_manifest(bundle: Path) -> None:
    part = next(bundle.glob("text/*.gz"))
    part.write_bytes(part.read_bytes() + b"x")
    with pytest.raises(ChecksumMismatch) as refused:
        inspect_texts(bundle, MARCH)
    assert refused.value.where.startswith("texts/GB/2024-03")


def test_a_bundle_that_is_still_arriving_is_waited_for(bundle: Path) -> None:
    (bundle / "_COMPLETE").unlink()
    with pytest.raises(DeliveryIncomplete):
        inspect_texts(bundle, MARCH)


def test_a_bundle_must_say_that_it_holds_text(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    (bundle / "manifest.json").write_text(json.dumps(manifest | {"contains_free_text": False}))
    with pytest.raises(WrongLayout, match="must say"):
        inspect_texts(bundle, MARCH)


def test_a_delivery_is_no_text_bundle_and_a_text_bundle_no_delivery(delivery: Path, bundle: Path) -> None:
    with pytest.raises(WrongLayout, match="thin-v1"):
        inspect_texts(delivery, MARCH)
    with pytest.raises(WrongLayout, match="thin-text-v1"):
        inspect_delivery(bundle, MARCH, allow_text=True)


def test_a_consultation_has_the_same_text_in_every_snapshot() -> None:
    """What was written once stays, whatever is delivered after it."""
    early, late = text_frame(VISITS.head(200), "en", 7), text_frame(VISITS, "en", 7)
    assert late.filter(pl.col("consultid") < "c200").equals(early)
    assert (
        text_frame(VISITS, "en", 8).get_column("freetext").to_list() != late.get_column("freetext").to_list()
    )


def test_how_many_consultations_are_read_at_a_time_changes_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = text_frame(VISITS, "en", 7)
    monkeypatch.setattr(texts, "CONSULTATIONS_AT_ONCE", 7)
    assert text_frame(VISITS, "en", 7).equals(whole) and whole.height > 7


@pytest.mark.parametrize("language", ["en", "fr", "es", "it", "de", "nl", "ro"])
def test_every_sentence_names_one_term_and_the_truth_counts_it(language: str) -> None:
    texts = text_frame(VISITS, language, 7)
    truth = truth_of(texts)
    sentences = sum(text.count(".") for text in texts.get_column("freetext"))
    assert truth["mentions"] == sum(truth["by_concept"].values()) == sentences
    assert 0 < truth["term_exists"] < truth["mentions"]
    assert not any("{" in text for text in texts.get_column("freetext"))


def test_bundles_of_two_countries_do_not_mix(delivery: Path, tmp_path: Path) -> None:
    folder = write_texts(
        delivery, Snapshot.named("FR", "2024-03"), seed=7, bundles=tmp_path / "t", truth=tmp_path / "truth"
    )
    assert folder == tmp_path / "t" / "FR" / "2024-03"
    with pytest.raises(DeliveryIncomplete):
        inspect_texts(tmp_path / "t" / "FR", MARCH)
