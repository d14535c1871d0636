"""Parts of a card about what a reader must know and may rely on: limits, protection, releases, recalls."""

from pydantic import BaseModel

from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages import figures
from thin_assets.pages.frame import Section, bullets, paragraph, together
from thin_assets.pages.markup import Html
from thin_assets.pages.tables import columns, flag, table
from thin_assets.published.card.sections import by_partition, partition, told
from thin_assets.published.catalogue.stock import Stock
from thin_assets.published.writing.facts import Facts, coarse


def limits(stock: Stock) -> Section:
    """What a reader must not conclude."""
    found = [*stock.product.limits, *(_kept_short(stock))]
    return Section("limits", "Known limits", bullets(found) if found else paragraph("None is declared."))


def _kept_short(stock: Stock) -> list[str]:
    synthetic = {facts.get("delivery", {}).get("holder") for facts in stock.now.values()} == {"SYNTHETIC"}
    return ["All persons of this product are invented: its deliveries are synthetic."] if synthetic else []


def protection(stock: Stock) -> Section:
    """How persons are protected, as declared, and what was kept back at each publication."""
    product = stock.product
    rules = product.protection if product.kind == "row_level" else product.disclosure
    parts = [paragraph("This product needs no rule of its own: it holds no rows of persons.")]
    if rules is not None:
        named = "Protection of persons" if product.kind == "row_level" else "Disclosure control"
        parts = [table(columns("rule", "as declared"), _declared(rules), named)]
    return Section(
        "protection", "Whose secrets are kept", together(*parts, _anonymity(stock), _suppressed(stock))
    )


def _declared(rules: BaseModel) -> list[tuple[str, str]]:
    told_of = ((name.replace("_", " "), _words(value)) for name, value in rules.model_dump().items() if value)
    return [(name, words) for name, words in told_of if words]


_NAMED_BY = ("name", "column", "product", "group")
"""What a part of a declaration is called by, where it has a name: the rest stands in the declaration."""


def _words(value: object) -> str:
    if isinstance(value, dict):
        if named := next((str(value[key]) for key in _NAMED_BY if key in value), None):
            return named
        return ", ".join(f"{name.replace('_', ' ')} {_words(one)}" for name, one in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        if any(isinstance(one, list | tuple) for one in value):
            return "; ".join(" × ".join(one) or "all together" for one in value)
        return "; ".join(map(_words, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _suppressed(stock: Stock) -> Html | None:
    """What was kept back by rule, of the current versions; small numbers of what was hidden are not told."""
    names = sorted({name for facts in stock.now.values() for name in facts.get("suppressed") or {}})
    if not names:
        return None
    rows = {
        snapshot: (partition(snapshot), *(_hidden(stock, facts, name) for name in names))
        for snapshot, facts in stock.now.items()
    }
    heads = columns("partition", *(f"#{name.replace('_', ' ')}" for name in names))
    return by_partition(stock, heads, rows, "Kept back at publication, by rule")


def _hidden(stock: Stock, facts: Facts, name: str) -> str:
    count = (facts.get("suppressed") or {}).get(name)
    if count is None:
        return figures.NOTHING
    return told(coarse(count)) if stock.product.kind == "row_level" else figures.count(count)


def _anonymity(stock: Stock) -> Html | None:
    """How alike the persons of each partition are; None where nobody measured it."""
    found = {snapshot: facts["anonymity"] for snapshot, facts in stock.now.items() if facts.get("anonymity")}
    if not found:
        return None
    rows = {snapshot: _alike(snapshot, one) for snapshot, one in found.items()}
    heads = columns("partition", "#k", "#groups", "#l", "#t", "told as")
    note = paragraph(
        "k: persons of the smallest group that looks alike; l: fewest outcomes in a group; t: "
        "largest distance of a group’s outcomes from those of all. A partition of fewer than ten persons "
        "holds no row."
    )
    return together(by_partition(stock, heads, rows, "How alike persons are"), note)


def _alike(snapshot: Snapshot, one: Facts) -> tuple[str, ...]:
    levels = ", ".join(f"{name} {level}" for name, level in sorted(one["levels"].items()))
    return (
        partition(snapshot),
        *(figures.number(one[name]) for name in ("smallest", "groups", "diversity")),
        figures.number(one["closeness"], 2),
        levels,
    )


def releases(stock: Stock) -> Section:
    """Named releases and what was taken back."""
    parts = [_releases(stock), _recalls(stock)]
    if not any(parts):
        parts = [paragraph("No version has a name yet, and none was recalled.")]
    return Section("releases", "Releases and recalls", together(*parts))


def _releases(stock: Stock) -> Html | None:
    if not stock.releases:
        return None
    recalled = {(one["major"], version) for one in stock.recalls for version in one["versions"]}
    rows = [
        (
            one["name"],
            one["contract"],
            figures.NOTHING if one["version"] is None else f"v{one['version']}",
            one["when"][:10],
            one["notes"],
            flag("recalled", kind="bad") if (one["major"], one["version"]) in recalled else "",
        )
        for one in reversed(stock.releases)
    ]
    return table(
        columns("release", "contract", "version", "when", "notes", ""), rows, "Releases, newest first"
    )


def _recalls(stock: Stock) -> Html | None:
    if not stock.recalls:
        return None
    rows = [
        (
            str(one["asked"]),
            ", ".join(f"v{version}" for version in one["versions"]),
            one["when"][:10],
            one["reason"],
        )
        for one in reversed(stock.recalls)
    ]
    return table(columns("asked for", "versions", "when", "reason"), rows, "Recalls, newest first")
