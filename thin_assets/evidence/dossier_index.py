"""Entry page of a dossier: the build on one screen, and the way to everything else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from thin_assets.evidence.dossier import HIDDEN, Build, foot, kept, link
from thin_assets.evidence.dossier_accounts import Accounts
from thin_assets.evidence.dossier_checks import percent_passed
from thin_assets.evidence.dossier_cohort import ExampleCohort
from thin_assets.evidence.dossier_quality import tally
from thin_assets.evidence.mapping_page import KINDS, Scene, share
from thin_assets.evidence.records import EVENTS
from thin_assets.pages.figures import count
from thin_assets.pages.frame import Section, Tile, bullets, page, paragraph, side_by_side, tiles, together
from thin_assets.pages.markup import Child, Html, tag
from thin_assets.pages.tables import bar, columns, table


@dataclass(frozen=True)
class Parts:
    """What a dossier is made of, as far as it may be shown."""

    build: Build
    accounts: Accounts
    checks: pl.DataFrame
    mapping: Scene
    cohort: ExampleCohort


@dataclass(frozen=True)
class Shown:
    """A line of the contents: what a data partner has to show, and the files that show it."""

    asked: str
    page: str
    title: str
    data: tuple[str, ...] = ()


def draw_index(parts: Parts, contents: Sequence[Shown]) -> str:
    """The page as HTML."""
    build = parts.build
    lead = paragraph(
        f"{build.cdm_source.get('cdm_source_name', 'CDM_SOURCE is empty')}, extract until "
        f"{build.snapshot.cutoff}, OMOP CDM v5.4 of {build.released}. Build ",
        tag("code", build.id),
        ", vocabulary ",
        tag("code", build.identity["vocabulary"]),
        ".",
    )
    sections = [_overview(parts), _contents(contents), _identity(build), _leaving()]
    return page(
        f"{build.country}, {build.month}", lead, sections, kicker="Certification dossier", foot=foot(build)
    )


def _overview(parts: Parts) -> Section:
    both = side_by_side(_mapped(parts.mapping), _persons(parts))
    return Section("overview", "At a glance", together(tiles(_tiles(parts)), both))


def _tiles(parts: Parts) -> Iterator[Tile]:
    ended = tally(parts.checks)
    built = parts.accounts.built
    events = [table.name for table in EVENTS if not table.is_derived]
    yield Tile("Persons", kept(built["person"]), "of the CDM")
    yield Tile(
        "Records", kept(_sum([built.get(name, 0) for name in events])), "visits and events, eras aside"
    )
    below = f"{ended.passed:,} passed, {ended.failed:,} failed of {ended.executed:,} executed"
    yield Tile("Checks passed", percent_passed(ended), f"{below}; {ended.not_applicable:,} not applicable")
    levels = parts.mapping.coverage("event", "all")
    if levels:
        yield Tile("Event records mapped", share(levels), "to a standard concept")
    yield Tile("Example cohort", count(parts.cohort.persons), parts.cohort.title)


def _sum(counts: list[int | None]) -> int | None:
    """A sum over what is kept back is kept back: it would tell it."""
    return None if None in counts else sum(counts)


def _mapped(scene: Scene) -> Html:
    rows = [
        (domain, kept(levels["all"]["records"]), share(levels), _bar(levels))
        for kind in KINDS
        for domain in scene.domains(kind)
        if (levels := scene.coverage(kind, domain))
    ]
    heads = columns("domain", "#records", "#mapped", "")
    return table(heads, rows, "Share of records with a standard concept, by domain")


def _bar(levels: dict[str, dict]) -> Html | str:
    percent = levels.get("mapped", {}).get("record_percent", 0.0)
    if percent is None:
        return ""
    return bar(percent / 100, color="var(--green)" if percent >= 95 else "var(--orange)")


def _persons(parts: Parts) -> Html:
    """Delivered against the CDM, table by table, in short."""
    rows = [
        (one.name, kept(one.delivered), kept(one.loaded), kept(one.records)) for one in parts.accounts.tables
    ]
    heads = columns("delivered table", "#rows", "#carried over", "#CDM records")
    return table(heads, rows, "Source against CDM")


def _contents(contents: Sequence[Shown]) -> Section:
    rows = [(one.asked, link(one.title, one.page), _data(one.data)) for one in contents]
    found = table(columns("asked for", "page", "files"), rows, "What a data partner shows, and where")
    inside = paragraph(
        "The characterisation by the analyses of OHDSI Achilles is shown inside the secure environment: ",
        tag("code", "thin-assets profile"),
        ".",
    )
    return Section("contents", "Contents", together(found, inside))


def _data(files: Sequence[str]) -> Html:
    return tag(
        "span", [tag("span", link(name.rpartition("/")[2], name), " ") for name in files], class_="files"
    )


def _identity(build: Build) -> Section:
    names = {
        "delivery": "delivery (SHA-256 of its manifest)",
        "layout": "layout of the delivery",
        "vocabulary": "vocabulary version",
        "code": "version of the transformation",
    }
    rows = [
        ("build (hash of its inputs and content)", tag("code", build.id)),
        *(
            (told, tag("code", build.identity[name]))
            for name, told in names.items()
            if name in build.identity
        ),
        *((name, str(value)) for name, value in build.cdm_source.items() if value is not None),
    ]
    return Section(
        "identity", "What it is", table(columns("what", "value"), rows, "Identity, and CDM_SOURCE")
    )


def _leaving() -> Section:
    points: list[Child] = [
        "This folder is made to be handed over: it holds counts and definitions, and no row of a patient.",
        HIDDEN,
        "A delivered code without a description that fewer than ten have is not shown: it may be a value in "
        "a wrong column.",
        "Files of this folder are not held against each other, nor are folders of different months: whoever "
        "hands over several should know what a difference tells.",
        ("Checksums of all files: ", link("SHA256SUMS", "SHA256SUMS"), "."),
    ]
    return Section("leaving", "Before it leaves the secure environment", bullets(points))
