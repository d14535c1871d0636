"""The United Kingdom's own files at the door: laid down as a delivery, let in or refused."""

from pathlib import Path

import pytest

from tests.deliveries import MARCH
from tests.native import practice_files
from thin_assets.domain.native import LAYOUT_2022, LAYOUT_FIXED, NATIVE_LAYOUTS, native_tables
from thin_assets.errors import MissingFiles, WrongLayout
from thin_assets.landing.inspect import inspect_delivery
from thin_assets.landing.layouts import layouts
from thin_assets.landing.native_layout import delivery_from_practice_files


def received(tmp_path: Path, layout: str, tables: dict | None = None) -> Path:
    source = practice_files(tmp_path / "source", layout, tables)
    return delivery_from_practice_files(source, MARCH, tmp_path / "deliveries")


@pytest.mark.parametrize("layout", NATIVE_LAYOUTS)
def test_files_of_practices_are_let_in_and_counted(tmp_path, layout):
    """Every file of a table counts; a fixed-width file has no header, so its first line is a row."""
    two = "pracid | patid\na0001 | P001\na0001 | P002\nb0002 | P001"
    folder = received(tmp_path, layout, {"patient": two})
    inspection = inspect_delivery(folder, MARCH)
    assert inspection.layout == layout
    assert inspection.tables["patient"] == 3
    assert len(inspection.files_of("patient")) == (2 if layout == LAYOUT_FIXED else 1)


def test_only_the_united_kingdom_delivers_in_its_own_layouts():
    assert set(NATIVE_LAYOUTS) <= set(layouts("GB"))
    assert not set(NATIVE_LAYOUTS) & set(layouts("FR"))


def test_columns_of_a_fixed_width_line_follow_one_another_without_a_gap():
    for table in native_tables(LAYOUT_FIXED).values():
        ends = [0, *(column.end for column in table.columns)]
        assert [column.start - 1 for column in table.columns] == ends[:-1], table.name


def test_every_column_becomes_one_of_the_thin_like_layout_or_none():
    from thin_assets.domain.layout import column_names

    for layout in NATIVE_LAYOUTS:
        for table in native_tables(layout).values():
            becomes = {column.becomes for column in table.columns if column.becomes} - {"strength"}
            assert becomes <= set(column_names(table.name)), table.name


def test_a_file_of_other_widths_is_refused_at_the_door(tmp_path):
    """The message gives lengths, not what the lines hold."""
    folder = received(tmp_path, LAYOUT_FIXED)
    source = tmp_path / "source"
    (source / "medical.a0001").write_text("P00120240102G20..00\n" * 3)
    folder = delivery_from_practice_files(source, MARCH, tmp_path / "deliveries")
    with pytest.raises(WrongLayout, match="20 bytes on average, one of this table has 70") as refused:
        inspect_delivery(folder, MARCH)
    assert "P001" not in str(refused.value)


def test_a_file_of_no_table_is_not_laid_down(tmp_path):
    source = practice_files(tmp_path / "source", LAYOUT_FIXED)
    (source / "letters.a0001").write_text("x\n")
    with pytest.raises(WrongLayout, match=r"letters\.a0001"):
        delivery_from_practice_files(source, MARCH, tmp_path / "deliveries")


def test_a_look_up_that_nobody_reads_stays_behind(tmp_path):
    source = practice_files(tmp_path / "source", LAYOUT_FIXED)
    (source / "Packsize").write_text("x\n")
    folder = delivery_from_practice_files(source, MARCH, tmp_path / "deliveries")
    assert not list(folder.rglob("Packsize"))


def test_a_folder_without_practice_files_is_no_delivery(tmp_path):
    with pytest.raises(MissingFiles, match="no practice file"):
        delivery_from_practice_files(tmp_path, MARCH, tmp_path / "deliveries")


def test_columns_of_2022_are_those_of_the_header(tmp_path):
    source = practice_files(tmp_path / "source", LAYOUT_2022)
    path = source / "consult.csv"
    path.write_text(path.read_text().replace("cnsultid", "consult_no"))
    folder = delivery_from_practice_files(source, MARCH, tmp_path / "deliveries")
    with pytest.raises(WrongLayout, match="columns missing: cnsultid"):
        inspect_delivery(folder, MARCH)
