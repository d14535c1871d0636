"""Parts of a card about what was counted: who was lost at a rule, how frequent covariates are, what moved."""

from collections.abc import Iterable

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import figures
from thin_assets.pages.frame import Section, paragraph, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import Column, bar, columns, flag, table
from thin_assets.published.card_sections import by_partition, partition, told
from thin_assets.published.facts import MOVED, STABLE, Facts, share
from thin_assets.published.stock import Stock

MOST = 20
"""Covariates whose prevalence is shown by country."""


def shaded(percent: float | None) -> Html | str:
    """A share as a number on a ground that is darker the larger it is."""
    if percent is None:
        return figures.FEW
    return tag("span", f"{percent:.0f} %", class_="shade", style=f"--share:{percent / 100:.2f}")


def newest(stock: Stock, name: str) -> dict[Snapshot, Facts]:
    """One fact of the newest partition of each country, of those that have it."""
    return {
        snapshot: stock.now[snapshot][name]
        for snapshot in stock.latest.values()
        if stock.now[snapshot].get(name)
    }


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
    heads = [*columns("rule", "all countries"), *_codes(one.country for one in by_country)]
    body = table(heads, rows, f"Persons left in cohort {stock.product.cohort} after each rule")
    return Section("attrition", "Who is in it, and who is not", body)


def prevalence(stock: Stock) -> Section | None:
    """How many entries have the most frequent covariates: by country, then by split and case status."""
    found = newest(stock, "prevalence")
    if not found:
        return None
    parts = [by_country(stock), *(_by_group(stock, snapshot, told_of) for snapshot, told_of in found.items())]
    return Section("prevalence", "How frequent covariates are", together(*filter(None, parts)) or _FEW)


_FEW = paragraph("No covariate is shown: of each, fewer than ten persons have it.")


def by_country(stock: Stock, most: int = MOST) -> Html | None:
    """The most frequent covariates that not all entries have, by country; None where none may be shown."""
    shares: dict[int, dict[str, float]] = {}
    names: dict[int, str] = {}
    for code, snapshot in stock.latest.items():
        entries = stock.entries(snapshot)
        for covariate, name, count in (
            stock.dictionary(snapshot).select("covariate_id", "covariate_name", "entries").iter_rows()
        ):
            names[covariate] = name
            if (percent := share(count, entries)) is not None:
                shares.setdefault(covariate, {})[code] = percent
    some = [one for one in shares if min(shares[one].values()) < 100] or list(shares)
    top = sorted(some, key=lambda one: (-sum(shares[one].values()), one))[:most]
    if not top:
        return None
    rows = [(names[one], *(shaded(shares[one].get(code)) for code in stock.countries)) for one in top]
    heads = [*columns("covariate"), *_codes(stock.countries)]
    return table(
        heads, rows, f"Share of entries in the newest month; the {len(rows)} most frequent covariates"
    )


def _codes(codes: Iterable[str]) -> list[Column]:
    """A column for each country."""
    return [Column(code, is_number=True, note=COUNTRIES[code].name) for code in codes]


def _by_group(stock: Stock, snapshot: Snapshot, found: Facts) -> Html | None:
    """One country: the most frequent covariates by split and case status, behind a line that opens."""
    groups = {_group(one): one["persons"] for one in found["groups"] if one["persons"]}
    if not found["covariates"] or not groups:
        return None
    names = dict(stock.dictionary(snapshot).select("covariate_id", "covariate_name").iter_rows())
    rows = []
    for one in found["covariates"]:
        counts = {_group(group): group["persons"] for group in one["groups"]}
        shares = (share(counts.get(group), size) for group, size in groups.items())
        cells = (figures.NOTHING if percent is None else shaded(percent) for percent in shares)
        rows.append((names.get(one["covariate_id"], str(one["covariate_id"])), told(one["entries"]), *cells))
    heads = columns("covariate", "#entries", *(f"#{group}, {told(size)}" for group, size in groups.items()))
    title = f"{COUNTRIES[snapshot.country].name}, {figures.month(snapshot.month)}, by split and case status"
    note = paragraph("Share of persons. A dash is kept back: it is small, or would tell another that is.")
    return tag("details", tag("summary", title), table(heads, rows, title), note)


def _group(one: Facts) -> str:
    return f"{one['split'].replace('_', ' ')} {'cases' if one['is_case'] else 'controls'}"


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
