"""The table of `docs/explanation/free-text.md`: how well labelled notes are read, by language and set."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.text.generated import generated
from tests.text.labels import HERE, Label, Score, labelled, score
from thin_assets.text.lexicon import languages

PAGE = Path(__file__).parent / "explanation" / "free-text.md"
MEASURED = ("<!-- measured -->", "<!-- end of measured -->")
"""What the table stands between."""

_GENERATED = (500, 1)
"""Notes of the generated set, and its seed."""

SETS: dict[str, Callable[[str], list[tuple[str, list[Label]]]]] = {
    "held out": lambda language: labelled(HERE / "held_out" / f"{language}.txt"),
    "seen once": lambda language: labelled(HERE / "seen_once" / f"{language}.txt"),
    "to write by": lambda language: labelled(HERE / "labelled" / f"{language}.txt"),
    "written later": lambda language: labelled(HERE / "later" / f"{language}.txt"),
    "generated": lambda language: generated(language, *_GENERATED),
}


@cache
def scores(language: str, name: str, *, said: bool = True) -> Score:
    """How a language does on one of SETS."""
    return score(language, SETS[name](language), said=said)


def measured_table() -> str:
    """The table as Markdown."""
    lines = [
        "| language | set | labels | precision | recall | F1 | F1 of terms alone |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in SETS:
        for language in languages():
            found, terms = scores(language, name), scores(language, name, said=False)
            figures = (found.precision, found.recall, found.f1, terms.f1)
            shown = " | ".join(f"{figure:.2f}" for figure in figures)
            lines.append(f"| {language} | {name} | {found.right + found.missed} | {shown} |")
    return "\n".join(lines)


def page_with_measured_table() -> str:
    """The page as it should be now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(MEASURED[0])
    after = rest.partition(MEASURED[1])[2]
    return f"{before}{MEASURED[0]}\n{measured_table()}\n{MEASURED[1]}{after}"
