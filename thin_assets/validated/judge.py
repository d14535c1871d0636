"""Judge a build where it lies: every check of the catalogue, in a few scans per table.

footers      rows and values by column             isRequired, measureValueCompleteness, what is applicable
one scan     conditions on rows, persons and visits joined          keys, dates, ranges
one scan     rows grouped by concept                                everything about concepts
one scan     the key alone                                          isPrimaryKey
"""

from collections.abc import Mapping
from pathlib import Path

from thin_assets.cdm.spec import Table, clinical_tables
from thin_assets.domain.layout import LAYOUT_THIN
from thin_assets.resources.backends import Connection
from thin_assets.validated import count_persons, field_rules
from thin_assets.validated.catalogue import CONCEPT, FIELD, STRUCTURE, TABLE, Check, catalogue
from thin_assets.validated.concept_use import Usage, count_use
from thin_assets.validated.concepts import judge_concepts, look_up, mapped_percent
from thin_assets.validated.count_fields import count_fields, count_repeated, keep_persons
from thin_assets.validated.field_rules import Calendar
from thin_assets.validated.judgement import FAILED, NOT_APPLICABLE, PASSED, Judgement, Result, severity
from thin_assets.validated.outcome import Counted, NotApplicable, Outcome
from thin_assets.validated.population import Population, populations
from thin_assets.validated.structure import judge_structure
from thin_assets.validated.thresholds import threshold

NO_CALENDAR = Calendar()
VISIT = "visit_occurrence"

_OF_EMPTY_FIELDS = frozenset(("isRequired", "measureValueCompleteness"))
_OF_CONCEPTS = frozenset(("fkDomain", "fkClass", "isStandardValidConcept"))


def judge_build(
    build: Path,
    vocabulary: Path,
    con: Connection,
    *,
    calendar: Calendar = NO_CALENDAR,
    country: str = "",
    layout: str = LAYOUT_THIN,
) -> Judgement:
    """Judge every table of a build by every check of the catalogue.

    build         folder of `<table>/data.parquet`
    vocabulary    folder of `<table>.parquet`, the one that the build was mapped with
    calendar      days against which dates are held
    country       whose changed thresholds hold; empty: the defaults
    layout        how the delivery came; decides severities and thresholds

    A build that is not shaped like the standard is judged no further: its columns cannot be asked.
    Raises SettingsError for a file of thresholds that cannot stand.
    """
    paths = {table.name: build / table.name / "data.parquet" for table in clinical_tables()}
    files = {name: path for name, path in paths.items() if path.is_file()}
    outcomes: dict[Check, Outcome] = dict(judge_structure(files, con))
    rest = [check for check in catalogue() if check.name not in STRUCTURE]
    if any(isinstance(one, Counted) and one.violated for one in outcomes.values()):
        outcomes |= dict.fromkeys(rest, NotApplicable("the build is not shaped like the standard"))
        return _judgement(outcomes, {}, None, country, layout)
    judged = _Build(files, vocabulary, con, calendar)
    outcomes |= judged.judge(rest)
    rows = {name: population.rows for name, population in judged.filled.items()}
    return _judgement(outcomes, rows, mapped_percent(judged.usages), country, layout)


class _Build:
    """A build of sound structure, while its rows are judged."""

    def __init__(
        self, files: Mapping[str, Path], vocabulary: Path, con: Connection, calendar: Calendar
    ) -> None:
        self.files = {path.stem: path for path in sorted(vocabulary.glob("*.parquet"))} | dict(files)
        self.vocabulary, self.con, self.calendar = vocabulary, con, calendar
        self.filled = populations(files, con)
        self.usages: dict[str, Usage] = {}
        self.repeated = {
            table.name: count_repeated(files[table.name], table.primary_key, con)
            for table in clinical_tables()
            if table.primary_key and self.filled[table.name].rows
        }

    def judge(self, checks: list[Check]) -> dict[Check, Outcome]:
        """The outcome of every check; what has nothing to judge is not applicable, and says why."""
        reasons = {check: reason for check in checks if (reason := _nothing_to_judge(check, self.filled))}
        outcomes: dict[Check, Outcome] = {check: NotApplicable(reason) for check, reason in reasons.items()}
        applicable = [check for check in checks if check not in reasons]
        keep_persons(self.files, self.con)
        for table in clinical_tables():
            of_table = [check for check in applicable if check.table == table.name]
            outcomes |= self._judge_table(table, of_table)
        outcomes |= self._judge_concepts([check for check in applicable if check not in outcomes])
        return {check: _if_any(check, outcomes.get(check)) for check in checks}

    def _judge_table(self, table: Table, checks: list[Check]) -> dict[Check, Outcome]:
        outcomes: dict[Check, Outcome] = {}
        for check in checks:
            if check.name in count_persons.KINDS:
                outcomes[check] = count_persons.count_persons(check, self.files, self.con)
            elif check.name in _OF_EMPTY_FIELDS:
                population = self.filled[table.name]
                outcomes[check] = Counted(population.rows - population.filled[check.field], population.rows)
            elif check.name == "isPrimaryKey":
                outcomes[check] = Counted(self.repeated[table.name], self.filled[table.name].rows)
        on_rows = [check for check in checks if _is_on_rows(check)]
        repeat = self.repeated.get(VISIT, 0) > 0
        outcomes |= count_fields(
            table.name, on_rows, self.files, self.con, self.calendar, visits_repeat=repeat
        )
        if self.filled[table.name].rows:
            path, population = self.files[table.name], self.filled[table.name]
            self.usages[table.name], on_use = count_use(table.name, checks, path, population, self.con)
            outcomes |= on_use
        return outcomes

    def _judge_concepts(self, checks: list[Check]) -> dict[Check, Outcome]:
        on_concepts = [check for check in checks if _is_on_concepts(check)]
        ancestors = {
            check.concept_id for check in on_concepts if check.name == "plausibleGenderUseDescendants"
        }
        known = look_up(self.usages.values(), ancestors, self.vocabulary, self.con)
        return {check: judge_concepts(check, self.usages[check.table], known) for check in on_concepts}


def _nothing_to_judge(check: Check, filled: Mapping[str, Population]) -> str | None:
    """Why a check cannot be executed, as far as the footers tell; None: it can."""
    asked = "condition_occurrence" if check.name == "measureConditionEraCompleteness" else check.table
    if check.name == "measurePersonCompleteness":
        asked = "person"
    if filled[asked].rows == 0:
        return f"table {asked} is empty"
    if check.name in _OF_EMPTY_FIELDS or check.kind.level == TABLE or filled[check.table].filled[check.field]:
        return None
    return f"field {check.table}.{check.field} holds no value"


def _if_any(check: Check, outcome: Outcome | None) -> Outcome:
    """An outcome, unless there was nothing to count."""
    if outcome is None:
        return NotApplicable("the delivery names no day to hold this against")
    if isinstance(outcome, NotApplicable) or outcome.judged:
        return outcome
    if check.unit_concept_id is not None:
        return NotApplicable(f"no value of {check.concept_id} in unit {check.unit_concept_id}")
    if check.kind.level == CONCEPT:
        return NotApplicable(f"no record of {check.concept_id}")
    return NotApplicable("no record that this check speaks of")


def _is_on_rows(check: Check) -> bool:
    on_rows = check.kind.level == FIELD and check.name in field_rules.KINDS
    return on_rows and check.against != "concept"


def _is_on_concepts(check: Check) -> bool:
    of_fields = check.name in _OF_CONCEPTS or (check.name == "isForeignKey" and check.against == "concept")
    return of_fields or check.kind.level == CONCEPT


def _judgement(
    outcomes: Mapping[Check, Outcome],
    rows: dict[str, int],
    mapped: float | None,
    country: str,
    layout: str,
) -> Judgement:
    results = tuple(_result(check, outcomes[check], country, layout) for check in catalogue())
    return Judgement(results, rows, mapped)


def _result(check: Check, outcome: Outcome, country: str, layout: str) -> Result:
    bears = threshold(check, country, layout)
    counted = outcome if isinstance(outcome, Counted) else None
    share = 100 * counted.violated / counted.judged if counted else None
    status = NOT_APPLICABLE
    if counted:
        status = FAILED if share > bears.percent else PASSED
    return Result(
        check_name=check.name,
        level=check.kind.level,
        category=check.kind.category,
        subcategory=check.kind.subcategory,
        cdm_table=check.table,
        cdm_field=check.field or None,
        concept_id=check.concept_id,
        unit_concept_id=check.unit_concept_id,
        violated_rows=counted and counted.violated,
        denominator_rows=counted and counted.judged,
        violated_percent=share and round(share, 4),
        threshold_percent=bears.percent,
        threshold_reason=bears.reason,
        severity=severity(check, layout),
        status=status,
        not_applicable_reason=None if counted else outcome.reason,
    )
