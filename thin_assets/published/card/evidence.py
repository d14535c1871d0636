"""Parts of a card about what was counted: who was lost at a rule, how frequent covariates are, what moved."""

from collections.abc import Iterable

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import figures
from thin_assets.pages.frame import Section, paragraph, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import Column, bar, columns, flag, table
from thin_assets.published.card.sections import by_partition, partition, told
from thin_assets.published.catalogue.stock import Stock
from thin_assets.published.writing.facts import MOVED, STABLE, Facts


def newest(stock: Stock, name: str) -> dict[Snapshot, Facts]:
    """One fact of the newest partition of each country, of those that have it."""
    return {
        snapshot: stock.now[snapshot][name]
        for snapshot in stock.latest.values()
        if stock.now[snapshot].get(name)
    }


def columns_of_countries(codes: Iterable[str]) -> list[Column]:
    """A column for each country."""
    return [Column(code, is_number=True, note=COUNTRIES[code].name) for code in codes]


def attrition(stock: Stock) -> Section | None:
    """Persons left after each rule of the cohort, by country, in its newest month."""
    found = newest(stock, "attrition")
    if not found:
        return None
    rules = list(dict.fromkeys(step["rule"] for steps in found.values() for step in steps))
    by_country = {
        snapshot: {step["rule"]: step["persons"] for step in steps} for snapshot, steps in found.items()
    }
    sums = {rule: sum(one.get(rule) or 0 for one in by_country.values()) for rule in rules}
    most = max(sums.values()) or 1
    rows = [
        (
            rule,
            together(told(sums[rule] or None), bar(sums[rule] / most)),
            *(told(one.get(rule)) for one in by_country.values()),
        )
        for rule in rules
    ]
    heads = [*columns("rule", "all countries"), *columns_of_countries(one.country for one in by_country)]
    body = table(heads, rows, f"Persons left in cohort {stock.product.cohort} after each rule")
    return Section("attrition", "Who is in it, and who is not", body)


def quality(stock: Stock) -> Section | None:
    """What the judgement of the build behind each partition said."""
    rows = {
        snapshot: _judged(snapshot, facts) for snapshot, facts in stock.now.items() if facts.get("quality")
    }
    if not rows:
        return None
    heads = columns(
        *("partition", "#checks passed", "#failed", "#persons", "#delivered", "#loaded"),
        *("#collapsed", "#rejected", "#mapped", "account"),
    )
    note = paragraph(
        "A build with a failed check of severity error is not published. Records: delivered = loaded + "
        "collapsed + rejected − what one code of several concepts added; judged on exact numbers, shown to "
        "the nearest ten."
    )
    body = together(by_partition(stock, heads, rows, "Quality of the build behind each partition"), note)
    return Section("quality", "Data quality", body)


def _judged(snapshot: Snapshot, facts: Facts) -> tuple[Html | str, ...]:
    judged, account = facts["quality"], facts["account"]
    names = ("persons", "delivered", "loaded", "collapsed", "rejected")
    mapped = account["mapped_percent"]
    return (
        partition(snapshot),
        f"{judged['passed']:,}",
        f"{judged['failed']:,}" if judged["failed"] else "0",
        *(told(account[name]) for name in names),
        figures.NOTHING if mapped is None else f"{mapped:.1f} %",
        flag("balanced", kind="good") if account["is_balanced"] else flag("open", kind="bad"),
    )


def drift(stock: Stock) -> Section | None:
    """How many covariates moved since the month before."""
    found = {snapshot: facts["drift"] for snapshot, facts in stock.now.items() if facts.get("drift")}
    if not found:
        return None
    rows = {snapshot: _moved(snapshot, one) for snapshot, one in found.items()}
    heads = columns("partition", "#covariates", "#stable", "", "#watched", "#moved", "#acknowledged", "")
    note = paragraph(
        f"Population stability index against the month before: up to {STABLE} stable, above {MOVED} moved; "
        "what moved stops a publication until somebody acknowledges it. Covariates of fewer than ten entries "
        "are left out."
    )
    return Section(
        "drift",
        "What moved since last month",
        together(by_partition(stock, heads, rows, "Covariates by drift"), note),
    )


def _moved(snapshot: Snapshot, one: Facts) -> tuple[Html | str, ...]:
    whole = one["covariates"] or 1
    return (
        partition(snapshot),
        f"{one['covariates']:,}",
        f"{one['stable']:,}",
        bar(one["stable"] / whole, color="var(--green)"),
        *(f"{one[name]:,}" for name in ("watched", "moved", "acknowledged")),
        _verdict(one),
    )


def _verdict(one: Facts) -> Html:
    if not one["is_judged"]:
        return flag("too few to judge")
    return flag("moved", kind="bad") if one["moved"] else flag("stable", kind="good")
