"""The profile page: one static file for one build, beside last month and other countries."""

from collections.abc import Iterable, Mapping, Sequence

from thin_assets.evidence.reading import Reading
from thin_assets.evidence.records import EVENTS
from thin_assets.evidence.sections.activity import deaths, density, records, visits
from thin_assets.evidence.sections.concepts import concepts, overlap
from thin_assets.evidence.sections.countries import countries
from thin_assets.evidence.sections.overview import method, overview, stands_out
from thin_assets.evidence.sections.people import observation, persons
from thin_assets.evidence.sections.scene import Scene, country_name
from thin_assets.evidence.sections.values import values
from thin_assets.pages import figures
from thin_assets.pages.frame import page, paragraph, together
from thin_assets.pages.markup import tag

SECTIONS = (
    *(overview, stands_out, persons, observation, records, density, visits, concepts, values, overlap),
    *(deaths, countries, method),
)


def draw_profile(
    now: Reading, before: Reading | None, others: Sequence[Reading], names: Mapping[int, str]
) -> str:
    """The page as HTML; the same profiles give the same bytes.

    before    the same country one month earlier, where it is built
    others    other countries of the same month, as far as they are built
    names     of the concepts that `concepts_in` lists
    """
    scene = Scene(now, before, others, names)
    month = figures.month(now.snapshot.month)
    beside = [country_name(one) for one in others]
    lead = paragraph(
        f"What the sealed build holds at the end of {month}, beside ",
        f"{figures.month(before.snapshot.month)}" if before else "no earlier month",
        f" and {', '.join(beside)}." if beside else " and no other country.",
    )
    built = paragraph("Build ", tag("code", now.build), ", vocabulary ", tag("code", now.vocabulary), ".")
    return page(
        f"Profile of {country_name(now)}, {month}",
        together(lead, built),
        [section(scene) for section in SECTIONS],
        kicker="Characterisation of a sealed OMOP build",
        foot=paragraph(f"thin-assets, {now.snapshot.key}, build ", tag("code", now.build)),
    )


def concepts_in(readings: Iterable[Reading]) -> list[int]:
    """Concepts whose names a page of these profiles may need, in order."""
    first = [table.base for table in EVENTS]
    found: set[int] = set()
    for reading in readings:
        for analysis_id in (2, *first):
            found |= {int(key[0]) for key in reading.counts(analysis_id) if key and key[0]}
        for key in reading.spread(1815):
            found |= {int(value) for value in key if value}
    return sorted(found)
