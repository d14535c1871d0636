"""The page of a country and month: hazard ratios by codes and by text, where records are, and what came when.

Counts of one to nine persons are kept back, with what rests on them and what would tell them.
"""

from collections.abc import Iterator, Mapping

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import figures
from thin_assets.pages.figures import NOTHING
from thin_assets.pages.frame import Section, Tile, page, paragraph, tiles, together
from thin_assets.pages.markup import Html
from thin_assets.pages.prose import prose
from thin_assets.pages.tables import flag
from thin_assets.studies.cohort_page import shown_steps
from thin_assets.studies.long_covid import shown
from thin_assets.studies.long_covid.declared import CODED_AND_TEXT, EXPOSED, PACKAGE, SOURCES, UNEXPOSED
from thin_assets.studies.long_covid.page_records import before_label, people, records
from thin_assets.studies.long_covid.page_symptoms import charts_of, forest_of, hazard_ratios, incidence, told
from thin_assets.studies.study import Drawn, design_of

GROUPS = {EXPOSED: "infected", UNEXPOSED: "unexposed"}


def draw(snapshot: Snapshot, tables: Mapping[str, pl.DataFrame]) -> Drawn:
    """The page, and as pictures its forest plot and the curves of the first symptom that has any."""
    found = {name.removeprefix("long_covid_"): frame for name, frame in tables.items()}
    sources = found["hazards"]["source"].unique(maintain_order=True).to_list()
    country, month = COUNTRIES[snapshot.country].name, figures.month(snapshot.month)
    sections = [
        _overview(found, sources),
        Section("symptoms", "Hazard ratios", hazard_ratios(found["hazards"])),
        Section("records", "Codes and text", records(found["sources"], CODED_AND_TEXT in sources)),
        Section("time", "Cumulative incidence", incidence(found["incidence"])),
        Section("label", "Before a label of long COVID", before_label(found["before_label"], sources)),
        Section("people", "Who is compared", people(found["flow"], found["baseline"])),
        Section("method", "Method", prose(_design())),
    ]
    drawn = page(
        f"Long COVID in {country}, {month}",
        paragraph(
            "Symptoms recorded from twelve weeks to a year after a first COVID-19, beside those of unexposed "
            "people of the same sex, age and practice: by codes alone, and by codes and free text together."
        ),
        sections,
        kicker="Study",
        foot=paragraph(f"thin-assets, {snapshot.key}. No text of a note is on this page or behind it."),
    )
    return Drawn(drawn, dict(_pictures(found)))


def _design() -> str:
    return design_of(PACKAGE).replace("## ", "### ")


def _pictures(found: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, Html]]:
    if drawn := forest_of(found["hazards"]):
        yield "Hazard ratios of symptoms", drawn
    for name, curves in list(charts_of(found["incidence"]))[:1]:
        yield f"{name} since the twelfth week", curves


def _overview(found: Mapping[str, pl.DataFrame], sources: list[str]) -> Section:
    steps = {name: shown_steps(found["flow"][name].to_list())[-1] for name in GROUPS}
    tiled = [Tile(f"{label}, followed", steps[name], "beyond twelve weeks") for name, label in GROUPS.items()]
    source = sources[-1]
    raised = told(found["hazards"]).filter((pl.col("source") == source) & (pl.col("lower") > 1))
    tiled.append(Tile("symptoms raised", str(raised.height), f"interval above 1, {SOURCES[source].lower()}"))
    if CODED_AND_TEXT in sources:
        tiled.append(Tile("in text alone", _share(found["sources"]), "of all records of these symptoms"))
    return Section("overview", "Overview", together(tiles(tiled), *_notes(found, sources)))


def _share(sources: pl.DataFrame) -> str:
    share = shown.share_in_text(*sources.select("coded_only", "coded_and_text", "text_only").sum().row(0))
    return NOTHING if share is None else f"{100 * share:.0f} %"


def _notes(found: Mapping[str, pl.DataFrame], sources: list[str]) -> Iterator[Html]:
    if CODED_AND_TEXT not in sources:
        yield paragraph(flag("no text"), " No notes were read for this delivery: all rests on codes alone.")
    if not found["flow"]["exposed"][-1]:
        yield paragraph("Nobody is followed beyond twelve weeks after COVID-19: nothing can be compared.")
