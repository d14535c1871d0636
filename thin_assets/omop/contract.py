"""What leaves the omop room: every CDM table of records, and the accounts of what was delivered."""

from thin_assets.cdm.spec import Table, clinical_tables

ACCOUNTS = ("reconciliation", "routing", "mapping")
"""Tables of a candidate that account for source rows and are not part of the CDM."""


def raw_table(table: str) -> str:
    """The raw table that holds a CDM table of a delivery that is OMOP CDM already."""
    return f"omop_{table}"


def cdm_tables() -> tuple[Table, ...]:
    """Every CDM table that a build holds; cohorts are results, and are made from sealed builds."""
    return clinical_tables()


def candidate_tables() -> list[str]:
    """Names of all tables of a candidate build, the accounts included."""
    return [*(table.name for table in cdm_tables()), *ACCOUNTS]
