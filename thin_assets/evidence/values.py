"""Values: how measured numbers are distributed by concept and unit, and how many records carry none.

All records count, also those outside observation periods.
"""

from thin_assets.evidence.counting import Tally

_RANGED = (
    "(select *, case when value_as_number < range_low then 'Below Range Low'"
    " when value_as_number > range_high then 'Above Range High' else 'Within Range' end as place"
    " from cdm.measurement where value_as_number is not null and unit_concept_id is not null"
    " and range_low is not null and range_high is not null)"
)


def count_values(tally: Tally) -> None:
    """Analyses 715 to 717, 807 to 822, 1807 to 1823 and 9008."""
    for key, column in ((715, "days_supply"), (716, "refills"), (717, "quantity")):
        tally.distribute(key, "cdm.drug_exposure", column, "drug_concept_id")
    _of(tally, "measurement", 1800)
    _of(tally, "observation", 800)
    kind = ("measurement_concept_id", "unit_concept_id")
    tally.distribute(1816, _RANGED, "range_low", *kind)
    tally.distribute(1817, _RANGED, "range_high", *kind)
    tally.count(1818, _RANGED, *kind, "place")
    tally.count(1821, "(select * from cdm.measurement where value_as_number is null)")
    tally.count(1823, "cdm.measurement", "measurement_concept_id", "operator_concept_id")
    numeric = "(select * from cdm.measurement where value_as_number is not null)"
    tally.count(9008, numeric, *kind, value="count(distinct person_id)")


def _of(tally: Tally, table: str, base: int) -> None:
    rows, concept = f"cdm.{table}", f"{table}_concept_id"
    no_value = "value_as_number is null and coalesce(value_as_concept_id, 0) = 0"
    if table == "observation":
        no_value += " and value_as_string is null"
    tally.count(base + 7, rows, concept, "unit_concept_id")
    tally.count(base + 14, f"(select * from {rows} where {no_value})")
    tally.distribute(base + 15, rows, "value_as_number", concept, "unit_concept_id")
    tally.count(base + 22, rows, concept, "value_as_concept_id")
