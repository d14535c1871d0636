"""Page of a dossier: an ATLAS cohort that runs on the build, in words, with its attrition."""

from dataclasses import dataclass

import polars as pl

from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.evidence.dossier import HIDDEN, Build, dossier_page, kept, link
from thin_assets.pages.figures import count, is_few
from thin_assets.pages.frame import Section, Tile, paragraph, tiles, together
from thin_assets.pages.markup import Html
from thin_assets.pages.prose import dedented, prose
from thin_assets.pages.tables import bar, columns, table


@dataclass(frozen=True)
class ExampleCohort:
    """A definition and what it found.

    attrition    rule and persons, in the order of the steps, as the room cohorts writes them
    """

    name: str
    title: str
    sha256: str
    markdown: str
    expression: str
    attrition: pl.DataFrame

    @property
    def persons(self) -> int:
        """Persons in the cohort: those of the last step."""
        return self.attrition.get_column("persons")[-1]


def shown_attrition(attrition: pl.DataFrame) -> pl.DataFrame:
    """Rule and persons; null where so few leave at a step that the numbers beside it would tell how many.

    The last step is shown first, then each step before it that differs from the last shown one by 0, or by 10
    and more.
    """
    shown: list[int | None] = []
    last = None
    for persons in reversed(attrition.get_column("persons").to_list()):
        is_told = not is_few(persons) and (last is None or not 0 < persons - last < SMALLEST_SHOWN)
        shown.append(persons if is_told else None)
        last = persons if is_told else last
    return attrition.select("rule", pl.Series("persons", shown[::-1], dtype=pl.Int64))


def draw_cohort(build: Build, cohort: ExampleCohort) -> str:
    """The page as HTML."""
    lead = paragraph(
        "An expression exported from ATLAS, run on this build as it is written: ",
        link(f"{cohort.name}.json", f"cohort/{cohort.name}.json"),
        f", SHA-256 of what it says {cohort.sha256[:16]}. ATLAS imports the file.",
    )
    sections = [_attrition(cohort), Section("definition", "Definition", _words(cohort))]
    return dossier_page(build, f"Cohort: {cohort.title}", lead, sections)


def _words(cohort: ExampleCohort) -> Html:
    """The definition in sentences, without its title: that is the title of the page."""
    return prose(dedented(cohort.markdown.partition("\n")[2]))


def _attrition(cohort: ExampleCohort) -> Section:
    shown = shown_attrition(cohort.attrition)
    most = max((persons or 0 for persons in shown["persons"]), default=0) or 1
    rows = [
        (rule, kept(persons), bar(persons / most) if persons else "") for rule, persons in shown.iter_rows()
    ]
    found = table(columns("after this step", "#persons", ""), rows, "Persons left after each step")
    counted = tiles(
        [
            Tile("Persons with an entry event", kept(shown["persons"][0]), "before any rule"),
            Tile("Persons in the cohort", count(cohort.persons), "after all rules"),
        ]
    )
    note = paragraph(HIDDEN, " ", link("attrition.csv", "cohort/attrition.csv"))
    return Section("attrition", "Persons", together(counted, found, note))
