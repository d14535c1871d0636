"""The chart of `docs/explanation/scale.md`: a month's end on each site, country by country."""

from benchmarks.scale.month_end import Ran
from benchmarks.scale.world import (
    Outcome,
    assumptions,
    due_hour,
    measured,
    month,
    patients_by_country,
    plan_of,
    rooms_of,
)
from thin_assets.pages.charts import LEFT, PALETTE, WIDTH, drawing
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.picture import alone
from thin_assets.pages.scale import Scale, ticks


def month_end_chart() -> str:
    """The chart as a file of its own."""
    found, told = measured(), assumptions()
    patients, work = patients_by_country(told["patients"]), rooms_of(found)
    ran = [month(plan_of(site, told["machines"]), patients, work) for site in told["sites"].values()]
    return alone(_drawn(ran)) + "\n"


def _drawn(outcomes: list[Outcome]) -> Html:
    """Sites one below the other, a line for each country."""
    runs = [run for one in outcomes for run in one.ran]
    first = min(run.arrived for run in runs) // 24 * 24
    across = Scale(
        first, max(*(run.ended for run in runs), *(due_hour(run.name) for run in runs)), LEFT, WIDTH - 10
    )
    parts, y = [], 4.0
    for one in outcomes:
        y += 18
        parts.append(tag("text", one.plan.title, x=4.0, y=y, font_weight="600"))
        for run in sorted(one.ran, key=lambda run: (run.arrived, run.name)):
            y += 15
            parts += _bar(run, across, y)
    for day in ticks(first / 24, across.high / 24, 6):
        parts.append(
            tag("text", f"{day + 1:g}", x=across(24 * day), y=y + 20, class_="soft", text_anchor="middle")
        )
    return drawing("The month's end", "day of the month after", *parts, height=y + 28)


def _bar(run: Ran, across: Scale, y: float) -> list[Html]:
    def part(start: float, end: float, color: str) -> Html:
        wide = max(across(end) - across(start), 0.8)
        return tag("rect", x=across(start), y=y - 9, width=wide, height=9, fill=color)

    due = across(due_hour(run.name))
    told = tag("text", run.name, x=LEFT - 6.0, y=y, text_anchor="end", class_="soft")
    waited = [part(run.arrived, run.began, PALETTE[5])] if run.queued else []
    mark = tag("line", x1=due, x2=due, y1=y - 11, y2=y + 2, stroke=PALETTE[1], stroke_width=2)
    return [told, *waited, part(run.began, run.ended, PALETTE[0]), mark]
