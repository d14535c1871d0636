"""A round trip: what the generator writes in the United Kingdom's own layouts is read back as it was."""

from collections import Counter
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pytest

from tests.unpacking import Raw, unpacked
from thin_assets.domain import layout as thin
from thin_assets.domain.layout import LAYOUT_THIN
from thin_assets.domain.native import LAYOUT_2022, LAYOUT_FIXED, NATIVE_LAYOUTS, native_tables
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import SettingsError
from thin_assets.synthetic.delivery import write_delivery
from thin_assets.synthetic.files import Part
from thin_assets.synthetic.native import NativeWriter

SNAPSHOT = Snapshot.named("GB", "2024-03")
EVENTS = ("patient", "consult", "medical", "therapy", "ahd", "pvi", "practice", "staff")
DECIMALS = 4
"""Of a number of units a day, as many as seven bytes hold."""

DERIVED = {"medical": {"code_system"}, "therapy": {"drug_code_system"}}
"""Columns that no native file has, and that are read out of others."""


def delivered(home: Path, layout: str, **options) -> Raw:
    folder = write_delivery(
        SNAPSHOT, patients=450, seed=5, deliveries=home / "d", truth=home / "truth", layout=layout, **options
    )
    return unpacked(folder, home)


@pytest.fixture(scope="module", params=NATIVE_LAYOUTS)
def both(request, tmp_path_factory) -> tuple[str, Raw, Raw]:
    """A layout, one world as it delivers it, and the same world in the THIN-like layout."""
    home = tmp_path_factory.mktemp(request.param)
    return (
        request.param,
        delivered(home / "native", request.param),
        delivered(home / "thin", LAYOUT_THIN, first_codes=request.param == LAYOUT_FIXED),
    )


def carried(layout: str, table: str) -> list[str]:
    """Columns of a raw table that a native layout has."""
    told = {column.becomes for column in native_tables(layout)[table].columns} | DERIVED.get(table, set())
    names = [column.name for column in thin.tables()[table] if not column.role and column.name in told]
    born = ["birth_year", "birth_month"] if table == "patient" else []
    return [name for name in names if name != "yob"] + born


@pytest.mark.parametrize("table", EVENTS)
def test_every_value_that_the_layout_carries_comes_back(both, table):
    layout, native, ours = both
    found, expected = (told(raw.table(table), carried(layout, table)) for raw in (native, ours))
    assert (found - expected, expected - found) == (Counter(), Counter())


def told(frame: pl.DataFrame, columns: list[str]) -> Counter:
    """How often each row occurs, without what the layout could not say."""
    frame = frame.select(columns).with_columns((cs.float() * 10**DECIMALS).floor())
    if "code_system" in columns:  # a code of the provider's own has the form of no system
        own = pl.col("medcode").str.starts_with("LOC")
        frame = frame.with_columns(code_system=pl.when(own).then(None).otherwise("code_system"))
    return Counter(frame.rows())


@pytest.mark.parametrize("table", EVENTS)
def test_a_key_is_still_that_of_the_same_record(both, table):
    """Practice files keep every key as it is; the hash of 2022 renames patients, one to one."""
    layout, native, ours = both
    for name in (column for column in ours.table(table).columns if column.endswith("_key")):
        found, expected = (sorted(Counter(raw.table(table)[name]).values()) for raw in (native, ours))
        assert found == expected, name
        if layout != LAYOUT_2022 or name == "practice_key":
            assert set(native.column(table, name)) == set(ours.column(table, name)), name


def test_what_cannot_be_read_is_rejected_for_the_same_reasons(both):
    _, native, ours = both
    # counted in the table: lines of two practices' files may have the same number
    told_of = [raw.table("rejected")["source_table", "reason"] for raw in (native, ours)]
    reasons = [Counter(rows.iter_rows()) for rows in told_of]
    assert reasons[0] == reasons[1]
    assert {reason for _, reason in reasons[0]} >= {
        "wrong_field_count",
        "not_utf8",
        "not_a_date",
        "not_a_number",
    }


def test_the_same_arguments_write_the_same_bytes(tmp_path):
    for layout in NATIVE_LAYOUTS:
        folders = [
            write_delivery(SNAPSHOT, patients=60, seed=5, deliveries=home / "d", truth=home, layout=layout)
            for home in (tmp_path / layout / "one", tmp_path / layout / "two")
        ]
        files = [
            {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
            for folder in folders
        ]
        assert files[0] == files[1]


def test_only_the_united_kingdom_writes_its_own_layouts(tmp_path):
    with pytest.raises(SettingsError, match="FR does not deliver"):
        write_delivery(
            Snapshot.named("FR", "2024-03"),
            patients=20,
            seed=1,
            deliveries=tmp_path,
            truth=tmp_path,
            layout=LAYOUT_2022,
        )


def test_a_value_that_does_not_fit_its_column_is_never_cut(tmp_path):
    row = {"pracid": ["a0001"], "patid": ["P0001"], "flags": ["X" * 12], "eventdate": ["20240101"]}
    with pytest.raises(ValueError, match=r"pvi\.patid has room for 4 bytes, not for 5"):
        NativeWriter(LAYOUT_FIXED, tmp_path).write("pvi", 0, pl.DataFrame(row))


def test_a_practice_whose_patients_come_in_two_frames_has_one_file(tmp_path):
    writer = NativeWriter(LAYOUT_FIXED, tmp_path)
    for number, patient in enumerate(("P001", "P002")):
        row = {"pracid": ["a0001"], "patid": [patient], "flags": ["X" * 12], "eventdate": ["20240101"]}
        writer.write("pvi", number, pl.DataFrame(row))
    part: Part = next(part for part in writer.parts() if part.table == "pvi")
    assert (part.path, part.rows) == ("pvi/pvi.a0001", 2)
    assert (tmp_path / part.path).read_bytes().splitlines()[1].startswith(b"P002X")
