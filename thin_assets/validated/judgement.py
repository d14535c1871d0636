"""What was found when a build was judged: the result of every check, in counts; never a value of a row."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import cache

from thin_assets.errors import BrokenRules
from thin_assets.validated.catalogue import Check, read_rows

ERROR, WARNING = "error", "warning"
PASSED, FAILED, NOT_APPLICABLE = "passed", "failed", "not_applicable"


@dataclass(frozen=True)
class Result:
    """One row of `validated/data_quality`; see `contract.RESULT`.

    severity    error stops the seal; warning is shown
    """

    check_name: str
    level: str
    category: str
    subcategory: str
    cdm_table: str
    cdm_field: str | None
    concept_id: int | None
    unit_concept_id: int | None
    violated_rows: int | None
    denominator_rows: int | None
    violated_percent: float | None
    threshold_percent: float
    threshold_reason: str | None
    severity: str
    status: str
    not_applicable_reason: str | None

    @property
    def where(self) -> str:
        """Table, column and concept, as people write them."""
        column = f".{self.cdm_field}" if self.cdm_field else ""
        concept = "" if self.concept_id is None else f"={self.concept_id}"
        unit = "" if self.unit_concept_id is None else f" in unit {self.unit_concept_id}"
        return f"{self.cdm_table}{column}{concept}{unit}"


@dataclass(frozen=True)
class Summary:
    """How many checks were executed, and how they ended. Percent: passed of those executed; null of none."""

    checks: int
    executed: int
    passed: int
    failed: int
    not_applicable: int
    percent_passed: float | None


@dataclass(frozen=True)
class Judgement:
    """Every check on one build.

    rows              rows by table
    mapped_percent    share of event records with a standard concept; None when there is no event
    """

    results: tuple[Result, ...]
    rows: dict[str, int]
    mapped_percent: float | None

    def errors(self) -> list[Result]:
        """Failed checks that stop the seal."""
        return [result for result in self.failed() if result.severity == ERROR]

    def warnings(self) -> list[Result]:
        """Failed checks that do not."""
        return [result for result in self.failed() if result.severity == WARNING]

    def failed(self) -> list[Result]:
        """Every failed check, errors first, in the order of the catalogue."""
        found = (result for result in self.results if result.status == FAILED)
        return sorted(found, key=lambda result: result.severity)

    def as_counts(self) -> dict:
        """For reports and metadata: how much was judged, and what failed."""
        return {
            "persons": self.rows.get("person", 0),
            "rows": sum(self.rows.values()),
            "tables": self.rows,
            "mapped_percent": self.mapped_percent,
            "checks": asdict(summarise(self.results)),
            "errors": len(self.errors()),
            "warnings": len(self.warnings()),
            "failed_checks": [asdict(result) for result in self.failed()],
        }

    def require(self, where: str) -> None:
        """Raise BrokenRules when a check of severity error failed; `where` names the partition."""
        if errors := self.errors():
            named = ", ".join(f"{one.check_name} {one.where} ({one.violated_rows})" for one in errors[:5])
            more = f" and {len(errors) - 5} more" if len(errors) > 5 else ""
            raise BrokenRules(
                f"{len(errors)} checks failed: {named}{more}",
                where=where,
                remedy="the last sealed build stays current; see `thin-assets quality` and the asset checks",
            )


def summarise(results: Iterable[Result]) -> Summary:
    """Count results by how they ended. What is not applicable was not executed, and did not pass."""
    ended = Counter(result.status for result in results)
    executed = ended[PASSED] + ended[FAILED]
    percent = round(100 * ended[PASSED] / executed, 2) if executed else None
    return Summary(ended.total(), executed, ended[PASSED], ended[FAILED], ended[NOT_APPLICABLE], percent)


def severity(check: Check, layout: str) -> str:
    """How much a failed check weighs in a layout: the last line of `severities.csv` that fits."""
    fitting = [
        row["severity"]
        for row in _severities()
        if fnmatchcase(layout, row["layout"])
        and fnmatchcase(check.name, row["check"])
        and fnmatchcase(check.table, row["table"])
        and fnmatchcase(check.field, row["field"])
    ]
    return fitting[-1]


@cache
def _severities() -> tuple[dict[str, str], ...]:
    return tuple(read_rows("severities.csv"))
