"""What raw reports of a delivery: counts by table and reason, and nothing else."""

from collections import Counter
from dataclasses import dataclass, field

from thin_assets.raw.contract import OPTED_OUT


@dataclass
class TableCounts:
    """Rows of one delivered table: delivered = accepted + the sum of rejected.

    rejected         by reason
    first_rejected   file and line of the first rejected row, for the one who looks for the cause
    notes            what else was done to rows that were accepted, such as values withheld, by what
    """

    delivered: int = 0
    accepted: int = 0
    rejected: Counter = field(default_factory=Counter)
    first_rejected: tuple[str, int] | None = None
    notes: Counter = field(default_factory=Counter)

    @property
    def rejected_rows(self) -> int:
        """All rejected rows, whatever the reason."""
        return self.rejected.total()

    @property
    def rejected_share(self) -> float:
        """Part of the delivered rows that cannot be read, which those opted out can; 0 for an empty table."""
        unreadable = self.rejected_rows - self.rejected[OPTED_OUT]
        return unreadable / self.delivered if self.delivered else 0.0

    def as_counts(self) -> dict:
        """For a report file."""
        counts = {
            "delivered": self.delivered,
            "accepted": self.accepted,
            "rejected": dict(sorted(self.rejected.items())),
        }
        return counts | ({"notes": dict(sorted(self.notes.items()))} if self.notes else {})


@dataclass
class RawReport:
    """The counts of all tables of a delivery."""

    tables: dict[str, TableCounts]

    @property
    def delivered(self) -> int:
        """Rows in."""
        return sum(counts.delivered for counts in self.tables.values())

    @property
    def accepted(self) -> int:
        """Rows out."""
        return sum(counts.accepted for counts in self.tables.values())

    @property
    def rejected(self) -> int:
        """Rows kept aside with a reason."""
        return sum(counts.rejected_rows for counts in self.tables.values())

    def as_counts(self) -> dict:
        """For a report file: totals, and the counts of every table."""
        return {
            "delivered": self.delivered,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "tables": {table: counts.as_counts() for table, counts in self.tables.items()},
        }

    def metadata(self, table: str) -> dict[str, int]:
        """For the catalogue: rows of a table, how many were delivered, and the rejected by reason.

        table    of the delivery; or `rejected`, or `cdm` for all tables that were delivered as OMOP CDM
        """
        if table == "rejected":
            reasons = sum((counts.rejected for counts in self.tables.values()), Counter())
            return {"dagster/row_count": self.rejected, **_by_reason(reasons)}
        counts = self._adopted() if table == "cdm" else self.tables.get(table, TableCounts())
        return {
            "dagster/row_count": counts.accepted,
            "delivered": counts.delivered,
            "rejected": counts.rejected_rows,
            **_by_reason(counts.rejected),
        }

    def _adopted(self) -> TableCounts:
        adopted = [counts for name, counts in self.tables.items() if name.startswith("omop_")]
        return TableCounts(
            delivered=sum(counts.delivered for counts in adopted),
            accepted=sum(counts.accepted for counts in adopted),
            rejected=sum((counts.rejected for counts in adopted), Counter()),
        )


def _by_reason(reasons: Counter) -> dict[str, int]:
    return {f"rejected: {reason}": count for reason, count in sorted(reasons.items())}
