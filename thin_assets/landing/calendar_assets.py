"""The calendar in Dagster: looked at every day, with a check by country on deliveries and on sealed builds.

Dagster's own freshness policies speak of an asset as a whole, and a month of Romania would make the asset
fresh for all: docs/decisions/0029-what-a-month-asks-of-dagster.md.
"""

import datetime as dt
from collections.abc import Iterator

import dagster as dg

from thin_assets.domain.countries import COUNTRIES
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.landing.calendar import Line, State, as_report, draw_calendar
from thin_assets.resources.calendar import Calendar
from thin_assets.resources.lake import Lake

KEY = dg.AssetKey(["landing", "calendar"])
REPORT = "calendar"
DELIVERED, SEALED = "has_delivered", "is_sealed"

LOOKED_AT_EVERY_DAY = dg.FreshnessPolicy.cron(
    deadline_cron="0 9 * * *", lower_bound_delta=dt.timedelta(hours=24), timezone="UTC"
)
"""Of the calendar itself: where nobody looks, nobody is reminded."""


def _checks() -> list[dg.AssetCheckSpec]:
    return [
        spec
        for country in COUNTRIES.values()
        for spec in (
            dg.AssetCheckSpec(
                f"{country.code.lower()}_{DELIVERED}",
                asset=KEY,
                description=f"{country.name}: every month whose day has passed was delivered.",
            ),
            dg.AssetCheckSpec(
                f"{country.code.lower()}_{SEALED}",
                asset=KEY,
                description=f"{country.name}: every month whose day has passed has a sealed build.",
            ),
        )
    ]


@dg.multi_asset(
    name="calendar",
    specs=[
        dg.AssetSpec(
            KEY,
            group_name="landing",
            deps=[["landing", "delivery"]],
            owners=["team:data-engineering"],
            kinds={"json"},
            freshness_policy=LOOKED_AT_EVERY_DAY,
            description="""What each country owes by today: deliveries that are missing, builds that are late.

Grain   one line per country that is waited for.

Rule    days are those of home/due.csv, else of domain/due.csv; docs/how-to/run-a-month.md""",
        )
    ],
    check_specs=_checks(),
)
def calendar(
    context: dg.AssetExecutionContext, lake: Lake, calendar: Calendar
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Look at deliveries and sealed builds, keep the report, and remind of what is overdue."""
    today = dt.datetime.now(dt.UTC).date()
    lines = look(lake, calendar, today)
    for one in lines:
        for state, what in ((one.delivered, "delivered"), (one.sealed, "sealed")):
            if state.missing:
                context.log.warning("%s: %s", one.country, state.sentence(what, today))
    yield dg.MaterializeResult(
        asset_key=KEY,
        metadata={
            "deliveries missing": sum(len(one.delivered.missing) for one in lines),
            "builds missing": sum(len(one.sealed.missing) for one in lines),
            "calendar": dg.MetadataValue.md(as_markdown(lines, today)),
        },
    )
    yield from _results({one.country: one for one in lines}, today)


def look(lake: Lake, calendar: Calendar, today: dt.date) -> list[Line]:
    """Draw the calendar from what lies there, and keep its report in the lake."""
    delivered = complete_deliveries(lake.deliveries)
    lines = draw_calendar(calendar.countries(), delivered, lake.sealed_snapshots(), today)
    lake.report_of_all(REPORT, as_report(lines, today))
    return lines


def as_markdown(lines: list[Line], today: dt.date) -> str:
    """A table for people, a line per country."""
    rows = []
    for one in lines:
        said = (one.delivered.sentence("delivered", today), one.sealed.sentence("sealed", today))
        rows.append(f"| {one.country} | {said[0]} | {said[1]} |")
    return "\n".join(["| country | deliveries | sealed builds |", "| --- | --- | --- |", *rows])


def _results(lines: dict[str, Line], today: dt.date) -> Iterator[dg.AssetCheckResult]:
    """A result for every country; one that is not waited for owes nothing."""
    for code in COUNTRIES:
        line = lines.get(code)
        for what, name in (("delivered", DELIVERED), ("sealed", SEALED)):
            state = getattr(line, what) if line else None
            yield _result(f"{code.lower()}_{name}", what, state, today)


def _result(name: str, what: str, state: State | None, today: dt.date) -> dg.AssetCheckResult:
    if state is None:
        return dg.AssetCheckResult(
            asset_key=KEY, check_name=name, passed=True, description="the country is not waited for"
        )
    told = state.told(today)
    metadata = {"newest month": told["newest"] or "none", "months missing": len(told["missing"])}
    if told["missing"]:
        oldest = told["missing"][0]
        metadata |= {"month": oldest["month"], "due": oldest["due"], "days late": oldest["days_late"]}
    return dg.AssetCheckResult(
        asset_key=KEY,
        check_name=name,
        passed=not state.missing,
        severity=dg.AssetCheckSeverity.WARN,
        description=state.sentence(what, today),
        metadata=metadata,
    )


ASSETS = [calendar]
