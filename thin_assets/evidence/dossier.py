"""The certification dossier: what a data partner shows of one sealed build, and the frame of its pages.

A dossier is a folder that may leave the secure environment: counts of 1 to 9 are hidden in every file, and so
is what would tell them within a file. Its content follows from the build alone: there is no clock in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.domain.layout import OMOP_VERSIONS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import figures
from thin_assets.pages.frame import Section, page, paragraph
from thin_assets.pages.markup import Child, Html, tag

INDEX = "index.html"
HIDDEN = (
    f"Counts of 1 to {SMALLEST_SHOWN - 1} patients or records of patients are kept back, and so are other "
    "numbers of the same file where they would tell one of them. In CSV and JSON files they are left empty."
)
NO_PATIENTS = frozenset(("practice", "staff", "care_site", "provider", "location", "metadata", "cdm_source"))
"""Delivered tables and tables of the CDM that speak of no patient: their numbers are shown."""


@dataclass(frozen=True)
class Build:
    """The build that a dossier is about.

    identity         what it was made from: delivery, vocabulary, layout, code
    cdm_source       its row of that table, by column; empty where a delivery in OMOP layout has none
    is_our_code      it was made by the code that describes it here
    """

    snapshot: Snapshot
    id: str
    identity: Mapping[str, str]
    cdm_source: Mapping[str, object]
    is_our_code: bool

    @property
    def country(self) -> str:
        """The country in words."""
        return COUNTRIES[self.snapshot.country].name

    @property
    def month(self) -> str:
        """The month in words."""
        return figures.month(self.snapshot.month)

    @property
    def released(self) -> object:
        """Day of the build's release; the cut-off where nobody says."""
        return self.cdm_source.get("cdm_release_date") or self.snapshot.cutoff

    @property
    def is_omop_delivery(self) -> bool:
        """Delivered as OMOP CDM: nothing was transformed here."""
        return self.identity["layout"] in OMOP_VERSIONS


def dossier_page(build: Build, title: str, lead: Child, sections: Sequence[Section]) -> str:
    """A page of the dossier, with the way back to its entry."""
    return page(
        title,
        lead,
        sections,
        kicker=f"Certification dossier, {build.country}, {build.month}",
        foot=foot(build, way_back()),
    )


def foot(build: Build, *before: Child) -> Html:
    """What a page is of: partition and build."""
    named = paragraph(f"thin-assets, {build.snapshot.key}, build ", tag("code", build.id))
    return tag("div", *before, named)


def way_back() -> Html:
    """A link to the entry page."""
    return paragraph(tag("a", "Back to the entry page of the dossier", href=INDEX))


def link(text: str, to: str) -> Html:
    """A link to another file of the dossier."""
    return tag("a", text, href=to)


def kept(count: int | None) -> str:
    """A count that may be shown; None is one that may not.

    >>> kept(1234), kept(0), kept(None)
    ('1,234', '0', 'kept back')
    """
    return "kept back" if count is None else f"{count:,}"
