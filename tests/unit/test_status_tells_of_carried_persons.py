"""`thin-assets status` says how much of a build was taken over from the month before."""

from pathlib import Path

from rich.console import Console

from thin_assets.cli.status import _table
from thin_assets.domain.snapshot import Snapshot
from thin_assets.operations.survey import survey
from thin_assets.resources.lake import Lake
from thin_assets.settings import Settings

APRIL = Snapshot.named("GB", "2024-04")


def shown(home: Path, told: dict) -> tuple[float | None, str]:
    """Percentage of the survey, and the table as text, of a home whose omop room reported so."""
    Lake(home=str(home)).report("omop", APRIL, {"delivery": "d1", **told})
    rows = survey(Settings(home=home))
    console = Console(width=200)
    with console.capture() as text:
        console.print(_table(rows))
    return rows[0]["carried_percent"], text.get()


def test_the_percentage_of_carried_persons_is_shown(tmp_path: Path):
    """Of all persons of the build."""
    percent, text = shown(tmp_path, {"incremental": {"persons": 8, "carried": 6, "from": "0123"}})
    assert (percent, "carried %" in text, "75.0" in text) == (75, True, True)


def test_where_it_is_off_nothing_is_shown(tmp_path: Path):
    """Neither a column nor a zero: nothing was compared."""
    percent, text = shown(tmp_path, {})
    assert (percent, "carried %" in text) == (None, False)


def test_a_build_without_persons_has_no_percentage(tmp_path: Path):
    """None of none is not a hundred of a hundred."""
    assert shown(tmp_path, {"incremental": {"persons": 0, "carried": 0, "why_not": ""}})[0] is None
