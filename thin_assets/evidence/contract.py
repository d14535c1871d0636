"""What leaves evidence: the result tables of OHDSI Achilles, counts and distributions by analysis and strata.

What an analysis counts, and what its strata mean, is in `analyses.csv`. Every value is an aggregate, and not
suppressed: the tables stay in the lake, and what people see of them is (`domain/disclosure.py`).
"""

import pandera.polars as pa
import polars as pl

from thin_assets.evidence.analyses import analyses

_ASKED = sorted(analyses())


def _stratum(number: int) -> str:
    return pa.Field(
        nullable=True, description=f"value of stratum {number} of the analysis; null: it has none"
    )


class _Long(pa.DataFrameModel):
    analysis_id: pl.Int32 = pa.Field(
        isin=_ASKED, description="id in `analyses.csv`; below 9000 as in Achilles"
    )
    stratum_1: str = _stratum(1)
    stratum_2: str = _stratum(2)
    stratum_3: str = _stratum(3)
    stratum_4: str = _stratum(4)
    stratum_5: str = _stratum(5)
    count_value: pl.Int64 = pa.Field(ge=0, description="persons or records, as the analysis says")

    class Config:
        """Exactly these columns; one row per analysis and strata."""

        strict = True
        ordered = True
        unique = ["analysis_id", "stratum_1", "stratum_2", "stratum_3", "stratum_4", "stratum_5"]


class AchillesResults(_Long):
    """One row per analysis and combination of its strata, sorted by them."""


class AchillesResultsDist(_Long):
    """One row per analysis and strata: how a number is distributed over `count_value` rows.

    A percentile is the smallest value that at least that share of the rows does not exceed.
    """

    min_value: float = pa.Field(description="smallest value")
    max_value: float = pa.Field(description="largest value")
    avg_value: float = pa.Field(description="mean")
    stdev_value: float = pa.Field(nullable=True, ge=0, description="sample standard deviation; null: one row")
    median_value: float = pa.Field(description="half of the rows are not above it")
    p10_value: float = pa.Field(description="10th percentile")
    p25_value: float = pa.Field(description="25th percentile")
    p75_value: float = pa.Field(description="75th percentile")
    p90_value: float = pa.Field(description="90th percentile")


class _Mapping(pa.DataFrameModel):
    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True


_KIND = "what is coded: event, unit, route, visit or specialty"
_DOMAIN = "domain of the standard concept; where there is none, that under which the source is counted"
_PERCENT = {"ge": 0, "le": 100}


class MappingCoverage(_Mapping):
    """One row per kind, domain and level of mapping; totals are called `all`, `mapped` and `unmapped`."""

    kind: str = pa.Field(description=_KIND)
    domain: str = pa.Field(description=_DOMAIN + "; `all`: the whole kind")
    level: str = pa.Field(
        description="how codes were mapped: product, atc, parent, source_to_concept_map ..."
    )
    codes: pl.Int64 = pa.Field(ge=0, description="distinct delivered codes")
    records: pl.Int64 = pa.Field(ge=0, description="rows of the CDM")
    code_percent: float = pa.Field(**_PERCENT, description="of the codes of the domain")
    record_percent: float = pa.Field(**_PERCENT, description="of the records of the domain")

    class Config:
        """One row per key."""

        unique = ["kind", "domain", "level"]


class MappingCodes(_Mapping):
    """The most frequent mapped and unmapped codes of each kind and domain; one row per concept of a code."""

    kind: str = pa.Field(description=_KIND)
    domain: str = pa.Field(description=_DOMAIN)
    is_mapped: bool = pa.Field(description="a standard concept was found")
    rank: pl.Int32 = pa.Field(ge=1, description="1: most records among the mapped, or the unmapped, codes")
    source_table: str = pa.Field(description="delivered table")
    code_system: str = pa.Field(description="of the delivered code; empty where none was told")
    source_code: str = pa.Field(description="as delivered; empty where the delivery has concepts only")
    source_description: str = pa.Field(nullable=True, description="in the words of the delivery's lists")
    target_concept_id: pl.Int32 = pa.Field(ge=0, description="0: no standard concept")
    target_concept_name: str = pa.Field(nullable=True, description="in the words of the vocabulary")
    level: str = pa.Field(description="how it was mapped")
    records: pl.Int64 = pa.Field(ge=0, description="rows of the CDM")
    persons: pl.Int64 = pa.Field(ge=0, description="distinct persons with the code; 0 for codes of staff")


class MappingClasses(_Mapping):
    """One row per domain and class of concept that events were mapped to: how exact a mapping is."""

    domain: str = pa.Field(description="of the standard concept")
    vocabulary_id: str = pa.Field(description="of the standard concept")
    concept_class_id: str = pa.Field(description="Ingredient, Clinical Drug, Disorder ...")
    codes: pl.Int64 = pa.Field(ge=0, description="distinct delivered codes")
    concepts: pl.Int64 = pa.Field(ge=0, description="distinct standard concepts")
    records: pl.Int64 = pa.Field(ge=0, description="rows of the CDM")

    class Config:
        """One row per key."""

        unique = ["domain", "vocabulary_id", "concept_class_id"]


class MappingColumns(_Mapping):
    """One row per concept column of the CDM: what is said there, and how much of it is mapped."""

    cdm_table: str
    cdm_field: str
    records: pl.Int64 = pa.Field(ge=0, description="rows in which something is said")
    mapped_records: pl.Int64 = pa.Field(ge=0, description="those with a concept other than 0")
    persons: pl.Int64 = pa.Field(ge=0, description="distinct persons with such a row; 0 for staff")
    persons_with_unmapped: pl.Int64 = pa.Field(ge=0, description="distinct persons with a concept 0")

    class Config:
        """One row per key."""

        unique = ["cdm_table", "cdm_field"]


class MappingDrift(_Mapping):
    """One row per kind and domain: the mapping of this month beside that of the month before."""

    kind: str = pa.Field(description=_KIND)
    domain: str = pa.Field(description=_DOMAIN)
    codes: pl.Int64 = pa.Field(ge=0, description="distinct delivered codes of this month")
    codes_before: pl.Int64 = pa.Field(ge=0, description="of the month before")
    new_codes: pl.Int64 = pa.Field(ge=0, description="codes that the month before did not have")
    vanished_codes: pl.Int64 = pa.Field(ge=0, description="codes that this month no longer has")
    retargeted_codes: pl.Int64 = pa.Field(ge=0, description="codes of both months with other concepts now")
    records: pl.Int64 = pa.Field(ge=0, description="rows of the CDM, this month")
    mapped_records: pl.Int64 = pa.Field(ge=0, description="those with a standard concept")
    records_before: pl.Int64 = pa.Field(ge=0, description="rows of the CDM, the month before")
    mapped_records_before: pl.Int64 = pa.Field(ge=0, description="those with a standard concept")
    is_flagged: bool = pa.Field(description="a limit of `mapping_drift.py` is passed: somebody should look")

    class Config:
        """One row per key."""

        unique = ["kind", "domain"]


class MappingChanges(_Mapping):
    """The most frequent codes of each kind and domain that are new, gone, or stand for something else."""

    kind: str = pa.Field(description=_KIND)
    domain: str = pa.Field(description=_DOMAIN)
    change: str = pa.Field(isin=["new", "retargeted", "vanished"])
    rank: pl.Int32 = pa.Field(ge=1, description="1: most records, this month or the month before")
    code_system: str
    source_code: str
    targets_before: str = pa.Field(nullable=True, description="concepts of the month before; null: new")
    targets: str = pa.Field(nullable=True, description="concepts of this month; null: vanished")
    records: pl.Int64 = pa.Field(ge=0, description="rows of the CDM; of the month before where vanished")
    persons: pl.Int64 = pa.Field(ge=0, description="most distinct persons that a source table has")

    class Config:
        """One row per key."""

        unique = ["kind", "domain", "change", "rank"]
