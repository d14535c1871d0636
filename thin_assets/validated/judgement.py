"""What was found when a build was judged: counts by table, column and rule; never a value of a row."""

import csv
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from thin_assets.errors import BrokenRules

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class RuleResult:
    """One rule on one column.

    column      empty for a rule about the whole table
    severity    error stops the seal; warning is shown
    broken      rows that break the rule, of `rows` in the table; a missing column counts as one
    """

    table: str
    column: str
    rule: str
    severity: str
    broken: int
    rows: int

    @property
    def holds(self) -> bool:
        """No row breaks the rule."""
        return self.broken == 0

    @property
    def is_applicable(self) -> bool:
        """There was something to judge: a rule about the rows of an empty table says nothing."""
        return self.rows > 0 or not self.column


@dataclass(frozen=True)
class Judgement:
    """Every rule that was judged on one build.

    rows              rows by table
    mapped_percent    share of event records with a standard concept; null without any event
    """

    results: tuple[RuleResult, ...]
    rows: dict[str, int]
    mapped_percent: float | None

    def errors(self) -> list[RuleResult]:
        """Broken rules that stop the seal."""
        return [result for result in self.broken() if result.severity == ERROR]

    def warnings(self) -> list[RuleResult]:
        """Broken rules that are shown and stop nobody."""
        return [result for result in self.broken() if result.severity == WARNING]

    def broken(self) -> list[RuleResult]:
        """Every rule that does not hold, errors first, in the order of the standard."""
        return sorted(
            (result for result in self.results if not result.holds), key=lambda result: result.severity
        )

    def as_counts(self) -> dict:
        """For reports and metadata: how much was judged, and what is broken."""
        return {
            "persons": self.rows.get("person", 0),
            "rows": sum(self.rows.values()),
            "tables": self.rows,
            "mapped_percent": self.mapped_percent,
            "rules": len(self.results),
            "rules_applicable": sum(result.is_applicable for result in self.results),
            "errors": len(self.errors()),
            "warnings": len(self.warnings()),
            "broken": [asdict(result) for result in self.broken()],
        }

    def require(self, where: str) -> None:
        """Raise BrokenRules when a rule of severity error is broken; `where` names the partition."""
        if errors := self.errors():
            named = ", ".join(f"{one.table}.{one.column} {one.rule} ({one.broken})" for one in errors[:5])
            more = f" and {len(errors) - 5} more" if len(errors) > 5 else ""
            raise BrokenRules(
                f"{len(errors)} rules broken: {named}{more}",
                where=where,
                remedy="the last sealed build stays current; see the counts by rule on the asset check",
            )


def severity(layout: str, rule: str, column: str) -> str:
    """How much a broken rule weighs in a layout: the last line of `severities.csv` that fits."""
    fitting = [
        row["severity"]
        for row in _severities()
        if fnmatchcase(layout, row["layout"])
        and fnmatchcase(rule, row["rule"])
        and fnmatchcase(column, row["column"])
    ]
    return fitting[-1]


@cache
def _severities() -> tuple[dict[str, str], ...]:
    text = files("thin_assets.validated").joinpath("severities.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
