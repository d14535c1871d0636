"""Nothing is lost uncounted: what was delivered is what was loaded, collapsed or rejected, table by table.

delivered = loaded + collapsed + rejected - multi-map extra

loaded             rows of the CDM that a source table became; multi-map extra is how many more than its
                   loaded rows, because one code may map to several concepts and one reading may hold two
                   values
collapsed          rows that say again what another row says
rejected           rows that were not carried over, by reason; those that raw could not read are among them
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from thin_assets.errors import NotReconciled
from thin_assets.resources.backends import Connection
from thin_assets.validated.count_fields import read
from thin_assets.validated.population import rows_of

LOADED, COLLAPSED, REJECTED = "loaded", "collapsed", "rejected"
LOOKUP = "lookup"

ROUTED = frozenset(
    ("person", "care_site", "provider", "visit_detail", "condition_occurrence", "drug_exposure")
    + ("procedure_occurrence", "device_exposure", "specimen", "measurement", "observation", "note")
)
"""CDM tables that hold delivered rows; all others are derived from these."""


@dataclass(frozen=True)
class Equation:
    """The account of one source table."""

    source_table: str
    delivered: int
    loaded: int
    collapsed: int
    rejected: dict[str, int]
    multi_map_extra: int

    @property
    def missing(self) -> int:
        """Delivered rows that nothing accounts for; below 0: more is accounted for than was delivered."""
        return self.delivered - (
            self.loaded + self.collapsed + sum(self.rejected.values()) - self.multi_map_extra
        )


@dataclass(frozen=True)
class Arrival:
    """The rows of one CDM table beside the rows that the transformation says it sent there."""

    cdm_table: str
    routed: int
    built: int

    @property
    def missing(self) -> int:
        """Rows sent that are not there; below 0: rows there that nobody sent."""
        return self.routed - self.built


@dataclass(frozen=True)
class Reconciliation:
    """All accounts of one build."""

    equations: tuple[Equation, ...]
    arrivals: tuple[Arrival, ...]

    def broken(self) -> list[Equation | Arrival]:
        """Accounts that do not add up."""
        return [account for account in (*self.equations, *self.arrivals) if account.missing]

    def as_counts(self) -> dict:
        """For reports and metadata."""
        return {
            "delivered": sum(equation.delivered for equation in self.equations),
            "rejected": sum(sum(equation.rejected.values()) for equation in self.equations),
            "equations": [asdict(equation) | {"missing": equation.missing} for equation in self.equations],
            "arrivals": [asdict(arrival) | {"missing": arrival.missing} for arrival in self.arrivals],
        }

    def require(self, where: str) -> None:
        """Raise NotReconciled when an account does not add up; `where` names the partition."""
        if broken := self.broken():
            named = ", ".join(f"{_name(account)} {account.missing:+d}" for account in broken)
            raise NotReconciled(
                f"rows unaccounted for: {named}",
                where=where,
                remedy="the last sealed build stays current; see `reconciliation` of the candidate",
            )


def reconcile(build: Path, delivered: Mapping[str, int], con: Connection) -> Reconciliation:
    """The accounts of a candidate build that dbt wrote.

    build        folder with `reconciliation` and `routing` beside the CDM tables
    delivered    rows by source table, as landing counted them; look-up tables have no account
    """
    accounts = {table: rows for table, rows in sorted(delivered.items()) if not table.startswith(LOOKUP)}
    equations = tuple(_equation(build, table, rows, con) for table, rows in accounts.items())
    return Reconciliation(equations, tuple(_arrivals(build, con)))


def _equation(build: Path, table: str, delivered: int, con: Connection) -> Equation:
    fates = con.execute(
        "select fate, reason, sum(source_rows)::bigint, sum(target_rows)::bigint"
        f" from {read(build / 'reconciliation' / 'data.parquet')} where source_table = ?"
        " group by all order by all",
        [table],
    ).fetchall()
    loaded = sum(target for fate, _, _, target in fates if fate == LOADED)
    return Equation(
        source_table=table,
        delivered=delivered,
        loaded=loaded,
        collapsed=sum(source for fate, _, source, _ in fates if fate == COLLAPSED),
        rejected={reason: source for fate, reason, source, _ in fates if fate == REJECTED},
        multi_map_extra=loaded - sum(source for fate, _, source, _ in fates if fate == LOADED),
    )


def _arrivals(build: Path, con: Connection) -> list[Arrival]:
    sent = con.execute(
        f"select cdm_table, sum(rows)::bigint from {read(build / 'routing' / 'data.parquet')} group by all"
    ).fetchall()
    routed = dict.fromkeys(sorted(ROUTED), 0) | dict(sent)
    return [Arrival(table, rows, rows_of(build / table / "data.parquet")) for table, rows in routed.items()]


def _name(account: Equation | Arrival) -> str:
    return account.source_table if isinstance(account, Equation) else f"omop/{account.cdm_table}"
