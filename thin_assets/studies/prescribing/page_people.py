"""Who is prescribed by whom, for how long, what for, and what together."""

import calendar

import polars as pl

from thin_assets.domain.disclosure import SMALLEST_SHOWN, hidden_parts
from thin_assets.pages import charts, figures
from thin_assets.pages.figures import is_few
from thin_assets.pages.frame import figure, paragraph, side_by_side, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import bar, columns, table
from thin_assets.studies.prescribing.declared import declared
from thin_assets.studies.prescribing.drugs import ALL, INGREDIENT, NONE
from thin_assets.studies.prescribing.shown import OfKind, parts_of, plain

MOST_ROWS, MOST_REASONS, SEXES = 20, 3, ("female", "male")


def people(one: OfKind) -> Html:
    """Users by age and sex of the last month, and prescriptions by specialty of the recent ones."""
    return side_by_side(_pyramid(one), _specialties(one))


def _pyramid(one: OfKind) -> Html:
    rows = _cells(one)
    users = {(sex, band): count for sex, band, count, _ in rows.iter_rows()}
    days = {(sex, band): total for sex, band, _, total in rows.iter_rows()}
    few = {cell for cell, count in users.items() if is_few(count)}
    hidden = hidden_parts(users, few)
    length = calendar.monthrange(one.months[-1].year, one.months[-1].month)[1]
    bands = sorted({band for _, band in users}, key=lambda band: int(band.rstrip("+").partition("-")[0]))

    def share(sex: str, band: str) -> float | None:
        cell = (sex, band)
        if cell in hidden or not users.get(cell):
            return None
        return 100 * users[cell] * length / days[cell]

    shares = [(band, *(share(sex, band) for sex in SEXES)) for band in bands]
    title = f"Users in {figures.month(one.months[-1])}, % of persons"
    numbers = table(
        columns("age", "#women", "#men"),
        [(band, *(figures.number(value, 1) for value in values)) for band, *values in shares],
        title,
    )
    note = f"Of any drug; groups with fewer than {SMALLEST_SHOWN} users are left out."
    return figure(title, charts.pyramid(title, shares, sides=("women", "men")), numbers=numbers, note=note)


def _cells(one: OfKind) -> pl.DataFrame:
    """(sex, age_band, users, person_days) of the last month."""
    rows = one.table("").filter(
        (pl.col("month") == one.months[-1])
        & (pl.col("level") == ALL)
        & pl.col("sex").is_in(SEXES)
        & (pl.col("age_band") != ALL)
    )
    return rows.select("sex", "age_band", "users", "person_days")


def _specialties(one: OfKind) -> Html:
    recent = one.months[-declared().recent_months :]
    rows = one.table("specialties").filter(pl.col("month").is_in(recent), class_code=ALL)
    found = rows.group_by("specialty").agg(pl.col("prescriptions").sum(), pl.col("users").max()).sort(
        "prescriptions", "specialty", descending=[True, False]
    )  # fmt: skip
    counts = dict(found.select("specialty", "prescriptions").iter_rows())
    users = dict(found.select("specialty", "users").iter_rows())
    whole, shown = sum(counts.values()), parts_of(counts, users, len(recent))
    body = [
        (name, shown[name], figures.percent(count, whole), bar(count / whole))
        if shown[name] == figures.count(count) and not is_few(count)
        else (name, shown[name], figures.NOTHING, "")
        for name, count in counts.items()
    ]
    caption = f"Prescriptions of the last {len(recent)} months by specialty of the provider"
    return table(columns("specialty", "#prescriptions", "#share", ""), body, caption)


def durations(one: OfKind) -> Html:
    """Shares still treated after each number of days, of ingredients that enough began with."""
    marks = declared().followed_days
    rows = one.table("treatments").filter(pl.col("level") == INGREDIENT, pl.col("class_code") != NONE)
    most = rows.filter(pl.col("persons") >= 3 * SMALLEST_SHOWN).sort(
        "persons", "class_name", "days", descending=[True, False, False]
    )
    names = most["class_name"].unique(maintain_order=True).to_list()[:MOST_ROWS]
    if not names:
        return paragraph(
            f"No drug was begun by {3 * SMALLEST_SHOWN} persons who were followed for {marks[-1]} days."
        )
    body = [_still(name, most.filter(class_name=name)) for name in names]
    heads = columns("drug", "#began", *(f"#after {days} days" for days in marks))
    caption = f"Incident users followed for {marks[-1]} days: % still treated, with 95 % interval"
    return table(heads, body, caption)


def _still(name: str, rows: pl.DataFrame) -> tuple[str, ...]:
    persons = rows["persons"][0]
    told = []
    for row in rows.iter_rows(named=True):
        gone = persons - row["still_treated"]
        if is_few(row["still_treated"]) or is_few(gone):
            told.append(figures.NOTHING)
            continue
        low, high = 100 * row["share_lower"], 100 * row["share_upper"]
        told.append(f"{100 * row['share']:.0f} ({low:.0f} to {high:.0f})")
    return (plain(name), figures.count(persons), *_apart(told, rows["still_treated"].to_list()))


def _apart(told: list[str], counts: list[int]) -> list[str]:
    """Shares of which no two neighbours that are shown differ by a few persons."""
    last = None
    for place, count in enumerate(counts):
        if told[place] == figures.NOTHING:
            continue
        if last is not None and is_few(last - count):
            told[place] = "kept back"
            continue
        last = count
    return told


def reasons(one: OfKind) -> Html:
    """The most frequent conditions around the start of each class that enough began with."""
    rows = one.table("reasons").filter(pl.col("class_code") != NONE)
    classes = rows.select("class_code", "class_name", "starts_of_class").unique().sort(
        "starts_of_class", "class_code", descending=[True, False]
    )  # fmt: skip
    most = _starts_of_one(one)
    enough = classes.filter(pl.col("starts_of_class") >= 3 * most * SMALLEST_SHOWN)
    body = []
    for code, name, starts in enough.iter_rows():
        of_class = rows.filter(class_code=code).sort("starts", "category", descending=[True, False])
        named = of_class.filter(~pl.col("category").is_in(["none", "unmapped"]))
        shown = [row for row in named.iter_rows(named=True) if _tells_no_few(row["starts"], starts, most)]
        without = of_class.filter(category="none")["starts"].sum()
        told = "; ".join(
            f"{row['category']} {row['category_name']} {100 * row['starts'] / starts:.0f} %"
            for row in shown[:MOST_REASONS]
        )
        none = figures.percent(without, starts) if _tells_no_few(without, starts, most) else figures.NOTHING
        body.append((f"{code} {plain(name)}", figures.count(starts), told or figures.NOTHING, none))
    days = declared().indication
    caption = (
        f"Starts by incident users; the nearest condition from {days.before_days} days before to "
        f"{days.after_days} days after, category of ICD-10"
    )
    heads = columns("class", "#starts", "most frequent", "#no condition")
    return table(heads, body, caption) if body else paragraph("Too few began with any class.")


def _starts_of_one(one: OfKind) -> int:
    """How often somebody may begin with a class within the months: each time after a washout."""
    last = one.months[-1]
    days = (last - one.months[0]).days + calendar.monthrange(last.year, last.month)[1]
    return -(-days // (declared().washout_days + 1))


def _tells_no_few(part: int, whole: int, most: int) -> bool:
    """Whether ten persons or more made these starts, and the rest: each of at most so many."""
    rest = whole - part
    return part >= most * SMALLEST_SHOWN and (rest == 0 or rest >= most * SMALLEST_SHOWN)


def pairs(one: OfKind) -> Html:
    """Pairs of classes, those of most persons first."""
    rows = one.table("pairs").filter(
        (pl.col("persons_both") >= SMALLEST_SHOWN)
        & ~pl.min_horizontal(
            pl.col("persons") - pl.col("persons_both"), pl.col("other_persons") - pl.col("persons_both")
        ).is_between(1, SMALLEST_SHOWN - 1)
    )
    most = rows.sort("persons_both", "class_code", "other_class_code", descending=[True, False, False])
    body = [
        (
            f"{row['class_code']} {plain(row['class_name'])}",
            f"{row['other_class_code']} {plain(row['other_class_name'])}",
            figures.count(row["persons_both"]),
            figures.percent(row["persons_both"], row["persons"], 0),
            figures.percent(row["persons_both"], row["other_persons"], 0),
            figures.number(row["lift"], 1),
        )
        for row in most.head(MOST_ROWS).iter_rows(named=True)
    ]
    if not body:
        return paragraph(f"No pair of classes is shared by {SMALLEST_SHOWN} persons.")
    heads = columns("class", "and", "#persons", "#of the first", "#of the second", "#lift")
    note = paragraph(
        "Lift is against independence among users of any drug; age alone makes most pairs more frequent."
    )
    return together(note, table(heads, body, "Both in one calendar month, of the recent ones"))
