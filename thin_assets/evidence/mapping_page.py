"""The mapping page: what share of codes and records has a standard concept, which have none, what changed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.domain.snapshot import Snapshot
from thin_assets.evidence.mapping import MOST_FREQUENT
from thin_assets.evidence.mapping_drift import FEWEST_CODES, MOST_POINTS, MOST_TURNOVER, Drift
from thin_assets.evidence.mapping_shown import ShownReport, least_percent
from thin_assets.pages import figures
from thin_assets.pages.figures import FEW, NOTHING, is_few
from thin_assets.pages.frame import Section, Tile, bullets, page, paragraph, tiles, together
from thin_assets.pages.markup import Child, Html, tag
from thin_assets.pages.tables import bar, columns, flag, table

KINDS = {
    "event": "Events",
    "unit": "Units",
    "route": "Routes",
    "visit": "Kinds of visit",
    "specialty": "Specialties",
}


LEVELS = {
    "atc": "ATC class",
    "exact": "code as written",
    "parent": "parent code",
    "product": "product code",
    "respelled": "another spelling",
    "source_to_concept_map": "map of ours, or reviewed",
    "translated": "translation of the provider",
}
"""Levels in words; those that are not here are called what they are."""


@dataclass(frozen=True)
class Made:
    """What a mapping was made from: partition, sealed build, vocabulary version."""

    snapshot: Snapshot
    build: str
    vocabulary: str

    @property
    def month(self) -> str:
        """The month in words."""
        return figures.month(self.snapshot.month)


@dataclass(frozen=True)
class Scene:
    """What the sections draw from.

    before    what the drift compares with; None: nothing was built the month before
    """

    now: Made
    before: Made | None
    report: ShownReport
    drift: Drift

    def coverage(self, kind: str, domain: str) -> dict[str, dict]:
        """Rows of a domain by level."""
        rows = self.report.coverage.filter(kind=kind, domain=domain).rows(named=True)
        return {row["level"]: row for row in rows}

    def domains(self, kind: str) -> list[str]:
        """Domains of a kind, most records first."""
        rows = self.report.coverage.filter(pl.col("domain") != "all").filter(kind=kind, level="all")
        return rows.sort(pl.col("records").fill_null(0), "domain", descending=[True, False])[
            "domain"
        ].to_list()


def draw_mapping(scene: Scene, *, with_drift: bool = True, way_back: Html | None = None) -> str:
    """The page as HTML; the same report gives the same bytes.

    with_drift    False leaves out what speaks of the month before
    way_back      where the page is one of several: a link to the first
    """
    country, now = COUNTRIES[scene.now.snapshot.country].name, scene.now
    lead = together(
        paragraph(f"How the codes delivered until the end of {now.month} became standard concepts."),
        paragraph("Build ", tag("code", now.build), ", vocabulary ", tag("code", now.vocabulary), "."),
    )
    drift = (_drift,) if with_drift else ()
    sections = (_overview, _levels, _classes, _columns, _unmapped, _mapped, *drift, _method)
    return page(
        f"Mapping of {country}, {now.month}",
        lead,
        [section(scene) for section in sections],
        kicker="Mapping report of a sealed OMOP build",
        foot=together(
            way_back, paragraph(f"thin-assets, {now.snapshot.key}, build ", tag("code", now.build))
        ),
    )


def _overview(scene: Scene) -> Section:
    """The shares that are asked for first, and one row per domain."""
    shown = [
        Tile(f"{KINDS[kind]}, records mapped", share(levels), f"of {_records(levels)} records")
        for kind in KINDS
        if (levels := scene.coverage(kind, "all"))
    ]
    rows = [row for kind in KINDS for row in _domain_rows(scene, kind)]
    heads = columns("kind", "domain", "#codes", "#codes mapped", "#records", "#records mapped", "")
    found = table(heads, rows, "Share of codes and of records with a standard concept, by domain")
    return Section("overview", "By domain", together(tiles(shown), found))


def _domain_rows(scene: Scene, kind: str) -> Iterator[tuple[Child, ...]]:
    for domain in scene.domains(kind):
        levels = scene.coverage(kind, domain)
        percent = levels.get("mapped", {}).get("record_percent", 0.0)
        least = percent if percent is not None else 100.0
        color = "var(--green)" if least >= 95 else "var(--orange)"
        codes = levels.get("mapped", {}).get("code_percent", 0.0)
        yield (
            *(KINDS[kind], domain, f"{levels['all']['codes']:,}", f"{codes:.1f} %"),
            *(_records(levels), share(levels), bar(least / 100, color=color)),
        )


def _records(levels: dict[str, dict]) -> str:
    return _kept(levels["all"]["records"])


def share(levels: dict[str, dict]) -> str:
    """Share of records mapped; where a number is kept back, the least that it can be.

    >>> share({"all": {"records": 1000}, "mapped": {"records": None, "record_percent": 99.1}})
    '≥ 99.1 %'
    """
    if "mapped" not in levels:
        return "0.0 %"
    return _share(levels["mapped"]["record_percent"], is_least=levels["mapped"]["records"] is None)


def _share(percent: float | None, *, is_least: bool) -> str:
    if percent is None:
        return NOTHING
    return f"{'≥ ' if is_least else ''}{_floor(percent)} %"


def _floor(percent: float) -> str:
    """Cut, not rounded: 99.96 % is not 100 %."""
    return f"{math.floor(percent * 10 + 1e-9) / 10:.1f}"


def _kept(count: int | None) -> str:
    """A count; null and few are kept back."""
    return FEW if count is None or is_few(count) else f"{count:,}"


def _hidden(count: int | None) -> str:
    """A count of a list in which numbers of ten and more may be kept back too."""
    return "kept back" if count is None else _kept(count)


def _levels(scene: Scene) -> Section:
    """How the codes of each domain were mapped: the drug levels first, for they differ most."""
    told = paragraph(
        "A code is mapped by the first step that knows it. For drugs: the product, a map of ours or a "
        "reviewed one, the ATC class beside it, its ingredient. For diagnoses: the code as written, another "
        "spelling, its parent, the translation that the provider delivers, a map."
    )
    order = sorted(scene.domains("event"), key=lambda domain: domain != "Drug")
    rows = [row for domain in order for row in _level_rows(scene, domain)]
    heads = columns("domain", "level", "#codes", "#of codes", "#records", "#of records")
    return Section("levels", "Levels", together(told, table(heads, rows, "Codes and records by level")))


def _level_rows(scene: Scene, domain: str) -> Iterator[tuple[str, ...]]:
    for level, row in scene.coverage("event", domain).items():
        if level not in ("all", "mapped"):
            of_records = NOTHING if row["record_percent"] is None else f"{row['record_percent']:.1f} %"
            yield (
                *(domain, _level(level), f"{row['codes']:,}", f"{row['code_percent']:.1f} %"),
                *(_hidden(row["records"]), of_records),
            )


def _level(level: str) -> str:
    return LEVELS.get(level, level.replace("_", " "))


def _classes(scene: Scene) -> Section:
    """Vocabulary and class of the standard concepts: for drugs, how exact they are."""
    rows = [
        (
            *(row["domain"], row["vocabulary_id"], row["concept_class_id"]),
            *(f"{row['codes']:,}", f"{row['concepts']:,}", _hidden(row["records"])),
        )
        for row in scene.report.classes.rows(named=True)
    ]
    heads = columns("domain", "vocabulary", "class of concept", "#codes", "#concepts", "#records")
    return Section("classes", "What codes became", table(heads, rows, "Classes of standard concepts"))


def _columns(scene: Scene) -> Section:
    """The same from the side of the CDM, with distinct persons."""
    heads = columns("table", "column", "#records", "#mapped", "#persons", "#with an unmapped record")
    rows = []
    for row in scene.report.columns.rows(named=True):
        mapped = _share(row["mapped_percent"], is_least=row["mapped_records"] is None)
        persons = [_hidden(row[name]) for name in ("persons", "persons_with_unmapped")]
        rows.append((row["cdm_table"], row["cdm_field"], _kept(row["records"]), mapped, *persons))
    caption = "Records in which something is said, share with a concept other than 0, distinct persons"
    return Section("columns", "By column of the CDM", table(heads, rows, caption))


def _unmapped(scene: Scene) -> Section:
    told = paragraph(
        "Codes without a standard concept stay in the record with concept 0. A reviewed map gives them one: ",
        tag("code", "thin-assets maps template"),
        ".",
    )
    return Section("unmapped", "Most frequent unmapped codes", together(told, *_lists(scene, mapped=False)))


def _mapped(scene: Scene) -> Section:
    return Section("mapped", "Most frequent mapped codes", together(*_lists(scene, mapped=True)))


def _lists(scene: Scene, *, mapped: bool) -> list[Html]:
    """A list for each kind and domain that has such codes."""
    parts = []
    for kind in KINDS:
        for domain in scene.domains(kind):
            found = scene.report.codes.filter(kind=kind, domain=domain, is_mapped=mapped)
            if found.height:
                title = domain if kind == "event" else KINDS[kind]
                parts += [tag("h3", title), _list(found, title, mapped=mapped)]
    return parts or [paragraph("There is none.")]


def _list(found: pl.DataFrame, title: str, *, mapped: bool) -> Html:
    target = ("becomes", "by") if mapped else ()
    heads = columns("#", "system", "code", "in the words of the source", *target, "#records", "#persons")
    rows = []
    for row in found.rows(named=True):
        concept = f"{row['target_concept_name'] or ''} ({row['target_concept_id']})"
        became = (concept, _level(row["level"])) if mapped else ()
        persons = NOTHING if row["persons"] == 0 else _hidden(row["persons"])
        code = tag("code", row["source_code"]) if row["source_code"] else NOTHING
        rows.append(
            (
                *(
                    str(row["rank"]),
                    row["code_system"] or NOTHING,
                    code,
                    row["source_description"] or NOTHING,
                ),
                *(*became, _hidden(row["records"]), persons),
            )
        )
    caption = f"{title}: {'mapped' if mapped else 'unmapped'} codes with most records"
    return table(heads, rows, caption)


def _drift(scene: Scene) -> Section:
    if scene.before is None:
        return Section("drift", "Since last month", paragraph("The month before is not built here."))
    told = paragraph(
        f"Beside {scene.before.month}, build ",
        tag("code", scene.before.build),
        ", vocabulary ",
        tag("code", scene.before.vocabulary),
        ".",
    )
    heads = columns(
        *("kind", "domain", "#codes", "#new", "#vanished", "#other concept", "#records mapped", "#before", "")
    )
    rows = [_drift_row(row) for row in scene.drift.by_domain.rows(named=True)]
    parts = [told, table(heads, rows, "Codes and shares beside last month")]
    parts += _changes(scene)
    return Section("drift", "Since last month", together(*parts))


def _drift_row(row: dict) -> tuple[Child, ...]:
    counts = (f"{row[name]:,}" for name in ("codes", "new_codes", "vanished_codes", "retargeted_codes"))
    shares = (
        _share_of(row["mapped_records"], row["records"]),
        _share_of(row["mapped_records_before"], row["records_before"]),
    )
    mark = flag("look", kind="watch") if row["is_flagged"] else flag("within limits", kind="good")
    return KINDS[row["kind"]], row["domain"], *counts, *shares, mark


def _share_of(mapped: int, total: int) -> str:
    if not total:
        return NOTHING
    is_least = is_few(total - mapped) or is_few(mapped)
    return _share(least_percent(mapped, total) if is_least else 100 * mapped / total, is_least=is_least)


def _changes(scene: Scene) -> Iterator[Html]:
    titles = {"retargeted": "Mapped otherwise", "new": "New codes", "vanished": "Vanished codes"}
    heads = columns("domain", "system", "code", "concepts before", "concepts now", "#records", "#persons")
    for change, title in titles.items():
        rows = [
            (
                *(row["domain"], row["code_system"] or NOTHING, tag("code", row["source_code"])),
                *(row["targets_before"] or NOTHING, row["targets"] or NOTHING),
                *(_together(row, "records"), _together(row, "persons")),
            )
            for row in scene.drift.changes.filter(change=change).rows(named=True)
        ]
        if rows:
            yield tag("h3", title)
            yield table(heads, rows, f"{title}, most records first; at most {MOST_FREQUENT} of a domain")


def _together(row: dict, name: str) -> str:
    """Records of few persons are few."""
    return FEW if is_few(row["persons"]) or is_few(row["records"]) else _kept(row[name])


def _method(scene: Scene) -> Section:
    points = [
        "A record is a row of the CDM; a code that stands for two concepts has a record for each.",
        "The domain is that of the standard concept; an unmapped code counts where its source would put it.",
        f"Counts of 1 to {SMALLEST_SHOWN - 1} persons or records are shown as {FEW}; a larger number is kept "
        "back where it would tell one of them. A share is then given as the least that it can be.",
        f"A domain is flagged where its share of mapped records moves by more than {MOST_POINTS:g} point, "
        f"where more than {MOST_TURNOVER:.0%} of its codes are new or gone (from {FEWEST_CODES} codes on), "
        "or where a code gets another concept though the vocabulary is the same.",
        "Records without a code, unit or route are not counted: nothing was said that could be mapped.",
    ]
    return Section("method", "How to read this", bullets(points))
