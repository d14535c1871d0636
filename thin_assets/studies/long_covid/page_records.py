"""Parts of the page about records and people: what stands in codes and what in text, and who is compared."""

import polars as pl

from thin_assets.pages import figures
from thin_assets.pages.figures import NOTHING
from thin_assets.pages.frame import paragraph, together
from thin_assets.pages.markup import Child, Html
from thin_assets.pages.tables import bar, columns, flag, table
from thin_assets.studies.cohort_page import shown_steps
from thin_assets.studies.long_covid import shown
from thin_assets.studies.long_covid.accounts import BANDS
from thin_assets.studies.long_covid.declared import CODED, CODED_AND_TEXT, LABEL_DAYS, symptoms

FAR_APART = 0.1
"""A standardised difference beyond it is marked: the groups differ before the index date."""


def records(sources: pl.DataFrame, has_text: bool) -> Html:
    """Records of each symptom by where they are; without text, how many codes there are."""
    if not has_text:
        heads = columns("symptom", "#coded records")
        rows = [[_name(row), figures.count(_numbers(row)[0])] for row in sources.iter_rows(named=True)]
        told = paragraph("No notes were read for this delivery: what stands in text alone is not known.")
        return together(told, table(heads, rows, "Coded records of each symptom, of everybody"))
    heads = columns("symptom", "#code alone", "#code and text", "#text alone", "#in text alone", "share")
    rows = [_source_row(row) for row in sources.iter_rows(named=True)]
    told = paragraph(
        "A record is a symptom on a day of a person. Text alone is what a study of codes would never see."
    )
    return together(told, table(heads, rows, "Records of each symptom, of everybody, by where they are"))


def _name(row: dict) -> str:
    return symptoms()[row["symptom"]]


def _numbers(row: dict) -> tuple[int | None, int | None, int | None]:
    """Records in code alone, in both, in text alone; None of few persons, however many they are."""
    coded = (
        (None, None) if figures.is_few(row["persons_coded"]) else (row["coded_only"], row["coded_and_text"])
    )
    return (*coded, row["text_only"]) if not figures.is_few(row["persons"]) else (None, None, None)


def _source_row(row: dict) -> list[Child]:
    numbers = _numbers(row)
    share = None if None in numbers else shown.share_in_text(*numbers)
    told = NOTHING if share is None else f"{100 * share:.0f} %"
    return [_name(row), *map(figures.count, numbers), told, bar(share or 0)]


def before_label(rows: pl.DataFrame, sources: list[str]) -> Html:
    """Which symptoms were recorded within a week before a first label of long COVID."""
    labelled = int(rows["labelled"].max() or 0)
    if figures.is_few(labelled) or not labelled:
        return paragraph(f"Persons with a label of long COVID: {figures.count(labelled)}.")
    heads = columns("symptom", "#coded", *(["#with text"] if CODED_AND_TEXT in sources else []))
    counts = {(row["symptom"], row["source"]): row["persons"] for row in rows.iter_rows(named=True)}
    found = [[name, *_labelled(counts, symptom, labelled, sources)] for symptom, name in symptoms().items()]
    told = f"Of {figures.count(labelled)} persons with a first label of long COVID, in code or text, those"
    return together(
        paragraph(f"{told} with each symptom recorded that day or in the {LABEL_DAYS} days before."),
        table(heads, found, "Symptoms within a week before a label of long COVID"),
    )


def _labelled(counts: dict, symptom: str, labelled: int, sources: list[str]) -> list[str]:
    coded = counts[symptom, CODED]
    if CODED_AND_TEXT not in sources:
        return [shown.of_whole(coded, labelled)]
    whole = counts[symptom, CODED_AND_TEXT]
    hidden = figures.is_few(abs(whole - coded))
    return [NOTHING if hidden else shown.of_whole(coded, labelled), shown.of_whole(whole, labelled)]


def people(flow: pl.DataFrame, baseline: pl.DataFrame) -> Html:
    """From the matched sets to those followed, and how the two groups compare before the index date."""
    counted = [shown_steps(flow[group].to_list()) for group in ("exposed", "unexposed")]
    steps = [[name, *told] for name, *told in zip(flow["step"].to_list(), *counted, strict=True)]
    heads = columns("of those", "#infected", "#unexposed")
    first = table(heads, steps, "Persons, each once in a group")
    return together(first, _compared(baseline))


def _compared(baseline: pl.DataFrame) -> Html:
    whole = baseline.row(by_predicate=pl.col("trait") == "persons", named=True)
    bands = {f"age {name}" for name in BANDS}
    by_age = {
        group: shown.parts(
            dict(baseline.filter(pl.col("trait").is_in(bands)).select("trait", group).iter_rows())
        )
        for group in ("exposed", "unexposed")
    }
    rows = []
    for row in baseline.filter(pl.col("trait") != "persons").iter_rows(named=True):
        told = [
            by_age[group][row["trait"]] if row["trait"] in bands else shown.of_whole(row[group], whole[group])
            for group in ("exposed", "unexposed")
        ]
        rows.append([row["trait"], *told, _difference(row, told)])
    heads = columns("before the index date", "#infected", "#unexposed", "#standardised difference")
    return table(heads, rows, "Traits of those followed beyond twelve weeks")


def _difference(row: dict, told: list[str]) -> Child:
    if row["difference"] is None or any(one in (NOTHING, figures.FEW) for one in told):
        return NOTHING
    value = figures.number(row["difference"], 2)
    return flag(value) if abs(row["difference"]) > FAR_APART else value
