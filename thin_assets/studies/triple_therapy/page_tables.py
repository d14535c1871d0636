"""The tables of the report, small numbers kept back."""

from thin_assets.domain.disclosure import SMALLEST_SHOWN
from thin_assets.pages import figures
from thin_assets.pages.figures import NOTHING
from thin_assets.pages.frame import paragraph, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import bar, columns, table
from thin_assets.studies.cohort_page import shown_steps
from thin_assets.studies.study import Tables
from thin_assets.studies.triple_therapy.adherence import BANDS
from thin_assets.studies.triple_therapy.declared import ARMS, SEVERAL, declared
from thin_assets.studies.triple_therapy.drawings import ARM, THERAPY
from thin_assets.studies.triple_therapy.estimates import CRUDE
from thin_assets.studies.triple_therapy.shown import parts

_ORDER = ("sex", "age", "therapy before", "prescriber", "asthma", "exacerbations in the year before", "year")
_FIRST = ("under 60", "none", "steroid_and_beta_agonist", "general_practitioner")
"""Values that stand before the others of their kind."""
_AROUND_A_YEAR = (360, 390)
"""Days of the grid."""


def estimate_of(found: Tables, arm: str, measure: str, gap: int | None = None) -> dict | None:
    """The row of an estimate, of the main analysis unless told; None where nobody is in the arm."""
    rows = found["estimates"].filter(arm=arm, measure=measure, gap_days=gap or declared().main_gap)
    return None if rows.is_empty() else rows.row(0, named=True)


def of_one_year(found: Tables, arm: str, gap: int | None = None) -> dict | None:
    """Persistence at one year; None where few have ended before it, or are followed beyond it."""
    curve = found["curves"].filter(arm=arm, gap_days=gap or declared().main_gap)
    before, after = (curve.filter(day=day) for day in _AROUND_A_YEAR)
    if after.is_empty() or min(before["ended"].item(), after["at_risk"].item()) < SMALLEST_SHOWN:
        return None
    return estimate_of(found, arm, "persistence_one_year", gap)


def ratio_of(found: Tables, model: str) -> dict | None:
    """The row of the hazard ratio of the arms; None where too few therapies have ended."""
    rows = found["hazards"].filter(gap_days=declared().main_gap, model=model, term=SEVERAL)
    return None if rows.is_empty() else rows.row(0, named=True)


def ratio(row: dict | None) -> str:
    """A hazard ratio with its interval."""
    if row is None:
        return NOTHING
    return f"{row['hazard_ratio']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"


def percent(share: float) -> str:
    """A share in percent."""
    return f"{100 * share:.1f} %"


def days(value: float) -> str:
    """A number of days."""
    return figures.number(value)


def blank(count: int | None) -> str:
    """A count, or what stands where it is kept back."""
    return NOTHING if count is None else figures.count(count)


def hazards(found: Tables) -> Html:
    """Hazard ratios, crude and adjusted.

    Not how many have a trait: of both arms together, that would tell what is kept back of one of them.
    """
    rows = found["hazards"].filter(gap_days=declared().main_gap)
    if rows.is_empty():
        return paragraph("Too few therapies have ended to compare.")
    told = [
        (
            ARM.get(row["term"], row["term"]),
            row["model"],
            ratio(row),
            "<0.001" if row["p_value"] < 0.001 else f"{row['p_value']:.3f}",
        )
        for row in rows.iter_rows(named=True)
    ]
    more = paragraph(
        f"Cox, within {declared().hazard_days} days. Against: one device, women, a general practitioner, no "
        f"asthma, no exacerbation, ICS + LABA before. Crude: {ratio(ratio_of(found, CRUDE))}."
    )
    heads = columns("term", "model", "#hazard ratio", "#p")
    return together(more, table(heads, told, "Hazard of the end of triple therapy"))


def adherence(found: Tables) -> Html:
    """Days covered in the first year, in bands."""
    rows = found["adherence"]
    counts = parts({row[:2]: row[2] for row in rows.iter_rows()}, lambda key: key[0])
    told = [
        _band(name, arm, counts.get((arm, name), 0), rows.filter(arm=arm)["persons"].sum())
        for arm in ARMS
        for _, name in BANDS
        if not rows.filter(arm=arm).is_empty()
    ]
    means = "; ".join(f"{ARM[arm]} {_mean(estimate_of(found, arm, 'days_covered'))}" for arm in ARMS)
    note = paragraph(
        f"Share of the first {declared().mean_days} days on which all of the therapy was in supply, of "
        f"those who were observed for all of them. Mean: {means}."
    )
    heads = columns("days covered", "from", "#persons", "share")
    return together(note, table(heads, told, "Days covered in the first year"))


def _band(name: str, arm: str, count: int | None, total: int) -> tuple:
    is_shown = count is not None and not figures.is_few(count)
    return (name, ARM[arm], blank(count), bar(count / total) if is_shown else NOTHING)


def _mean(row: dict | None) -> str:
    if row is None or figures.is_few(row["persons"]) or row["value"] is None:
        return NOTHING
    return f"{percent(row['value'])} ({percent(row['lower'])} to {percent(row['upper'])})"


def baseline(found: Tables) -> Html:
    """New users by arm and characteristic."""
    rows = found["baseline"]
    totals = dict(rows.filter(characteristic="all").select("arm", "persons").iter_rows())
    counts = {row[:3]: row[3] for row in rows.iter_rows() if row[1] != "all"}
    shown = parts(counts, lambda key: key[:2])
    values = sorted({(name, value) for _, name, value in counts}, key=_place)
    told = [("all", "", *(figures.count(totals.get(arm, 0)) for arm in ARMS))]
    for number, (name, value) in enumerate(values):
        is_first = number == 0 or values[number - 1][0] != name
        words = THERAPY.get(value, value).replace("_", " ")
        cells = (_of(shown.get((arm, name, value), 0), totals.get(arm)) for arm in ARMS)
        told.append((name if is_first else "", words, *cells))
    heads = columns("characteristic", "value", *(f"#{ARM[arm]}" for arm in ARMS))
    return table(heads, told, "New users on the first day of triple therapy")


def _place(one: tuple[str, str]) -> tuple:
    name, value = one
    return _ORDER.index(name), value not in _FIRST, value


def _of(count: int | None, total: int | None) -> str:
    share = figures.percent(count, total)
    return blank(count) if share == NOTHING else f"{figures.count(count)} ({share})"


def attrition(found: Tables) -> Html:
    """Persons left after each rule; none that would tell an arm of few beside the other."""
    rows, arms = found["attrition"].sort("step"), found["baseline"].filter(characteristic="all")["persons"]
    elsewhere = sum(users for users in arms if not figures.is_few(users))
    steps = shown_steps([*rows["persons"], elsewhere])[:-1]
    told = list(zip(rows["rule"], steps, strict=True))
    return table(columns("rule", "#persons"), told, "Persons left after each rule")
