"""An incremental build takes over rows of the month before, and holds the bytes of a full build."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.months import (
    OF_PATIENTS,
    Asked,
    Month,
    built,
    counts,
    delivered,
    differing,
    kept_differing,
    keys,
    some,
    vocabulary,
)
from tests.spec.builds import Build
from thin_assets.domain.snapshot import Snapshot

MARCH, APRIL, MAY = "2024-03", "2024-04", "2024-05"
OFTEN = 60
"""Prescriptions of one pattern, of which the months have fewer."""


def nothing(month: Month, patients: list[int]) -> None:
    """The same rows as the month before; practices were collected a month later."""


def a_value_is_corrected(month: Month, patients: list[int]) -> None:
    month.replace(
        "ahd",
        f"select * replace (if(patient_key in {keys(patients[:1])}, '77', data2) as data2) from {{ahd}}",
    )


def a_record_is_delivered_twice(month: Month, patients: list[int]) -> None:
    month.replace(
        "therapy", f"from {{therapy}} union all from {{therapy}} where patient_key in {keys(patients[1:2])}"
    )


def a_record_is_gone(month: Month, patients: list[int]) -> None:
    mine = f"patient_key in {keys(patients[2:3])}"
    month.replace(
        "medical",
        f"from {{medical}} where event_key <> (select min(event_key) from {{medical}} where {mine})",
    )


def a_patient_is_gone(month: Month, patients: list[int]) -> None:
    for table in OF_PATIENTS:
        month.replace(table, f"from {{{table}}} where patient_key not in {keys(patients[3:4])}")


def a_patient_moved_practice(month: Month, patients: list[int]) -> None:
    """Who moves is a new person there: every key is another."""
    _with_other_keys(month, patients[4:5], "where patient_key not in")


def a_patient_is_new(month: Month, patients: list[int]) -> None:
    _with_other_keys(month, patients[5:6], "where 0 not in")


def _with_other_keys(month: Month, patients: list[int], kept: str) -> None:
    other = "(select max(practice_key) from {practice})"
    for table in OF_PATIENTS:
        names = ["patient_key"] + [f"{noun}_key" for noun in _keys_of(table)]
        replaced = ", ".join(f"xor({name}, 4611686018427387903) as {name}" for name in names)
        place = "" if table in ("dispense", "pvi") else f", {other} as practice_key"
        month.replace(
            table,
            f"select * from {{{table}}} {kept} {keys(patients)} union all "
            f"select * replace ({replaced}{place}) from {{{table}}} where patient_key in {keys(patients)}",
        )


def _keys_of(table: str) -> tuple[str, ...]:
    return {
        "patient": (),
        "consult": ("consult",),
        "dispense": ("event", "therapy"),
        "pvi": ("event",),
    }.get(table, ("consult", "event"))


def a_member_of_staff_has_another_role(month: Month, patients: list[int]) -> None:
    busy = f"(select mode(staff_key) from {{consult}} where patient_key in {keys(patients[6:7])})"
    month.replace(
        "staff",
        f"select * replace (if(staff_key = {busy}, null, specialty) as specialty, "
        f"if(staff_key = {busy}, 'X', roleid) as roleid) from {{staff}}",
    )


def a_member_of_staff_is_gone(month: Month, patients: list[int]) -> None:
    busy = f"(select mode(staff_key) from {{medical}} where patient_key in {keys(patients[7:8])})"
    month.replace("staff", f"from {{staff}} where staff_key is distinct from {busy}")


def a_practice_is_of_another_region(month: Month, patients: list[int]) -> None:
    month.replace(
        "practice",
        "select * replace (if(practice_key = (select min(practice_key) from {practice}), 'ELSEWHERE', region)"
        " as region) from {practice}",
    )


def another_number_of_days_is_usual(month: Month, patients: list[int]) -> None:
    """One patient's prescriptions decide for all others what is usual, of every product and pattern."""
    month.replace(
        "therapy",
        f"""
        from {{therapy}} union all
        select * exclude (copy) replace (
            {patients[8]} as patient_key,
            (hash(event_key, copy) % 4611686018427387903)::bigint as event_key,
            77 as prscdays, date '2020-02-02' as prscdate, 'Y' as therflag
        )
        from {{therapy}}, range({OFTEN}) as copies(copy)
        where patient_key in (select patient_key from {{therapy}} where prscdays is null order by all limit 2)
        """,
    )


def a_dosage_means_something_else(month: Month, patients: list[int]) -> None:
    month.replace(
        "lookup_dosage_ref",
        "select * replace (dosgval * 2 as dosgval, text || ' or so' as text) from {lookup_dosage_ref}"
        " where doscode = (select mode(doscode) from {therapy})"
        " union all from {lookup_dosage_ref} where doscode <> (select mode(doscode) from {therapy})",
    )


def a_patient_died(month: Month, patients: list[int]) -> None:
    mine = f"patient_key in {keys(patients[9:10])}"
    month.replace(
        "patient",
        f"select * replace (if({mine}, date '2019-01-01', deathdate) as deathdate) from {{patient}}",
    )


def zero_is_written_with_a_sign(month: Month, patients: list[int]) -> None:
    mine = f"patient_key in {keys(patients[10:11])}"
    month.replace(
        "therapy", f"select * replace (if({mine}, '-0'::double, prscqty) as prscqty) from {{therapy}}"
    )


MUCH = (
    a_value_is_corrected,
    a_record_is_delivered_twice,
    a_record_is_gone,
    a_patient_is_gone,
    a_patient_moved_practice,
    a_patient_is_new,
    a_member_of_staff_has_another_role,
    a_member_of_staff_is_gone,
    a_practice_is_of_another_region,
    another_number_of_days_is_usual,
    a_dosage_means_something_else,
    a_patient_died,
    zero_is_written_with_a_sign,
)


def much(month: Month, patients: list[int]) -> None:
    """All of it at once, to one patient each."""
    for change in MUCH:
        change(month, patients)


def every_patient(month: Month, patients: list[int]) -> None:
    """Of every patient another day is known."""
    month.replace("patient", "select * replace (coalesce(birth_year, 0) - 1 as birth_year) from {patient}")


def a_code_means_something_else(month: Month, patients: list[int]) -> None:
    """The list of a local thesaurus sees another disease in each of its codes."""
    month.replace("lookup_diag_ref", "select * replace ('J45' as icd10) from {lookup_diag_ref}")


def prepared(march: Month) -> list[int]:
    """Patients to whom something happens; of three of them the cut-off of the month decides already."""
    patients = some(march, 14)
    zero, early, lasting, joining = (keys(patients[number : number + 1]) for number in (10, 11, 12, 13))
    march.replace(
        "therapy", f"select * replace (if(patient_key in {zero}, 0.0, prscqty) as prscqty) from {{therapy}}"
    )
    march.replace(
        "medical",
        f"select * replace (if(patient_key in {early}, date '2024-04-10', eventdate) as eventdate,"
        f" if(patient_key in {lasting}, date '2024-04-12', enddate) as enddate) from {{medical}}",
    )
    march.replace(
        "patient",
        f"select * replace (if(patient_key in {joining}, date '2024-03-31', regdate) as regdate,"
        f" if(patient_key in {joining}, null, xferdate) as xferdate,"
        f" if(patient_key in {joining}, null, deathdate) as deathdate) from {{patient}}",
    )
    return patients


def collected_later(april: Month) -> None:
    """What every delivery says anew."""
    april.replace("practice", "select * replace (collectdate + 30 as collectdate) from {practice}")


@dataclass(frozen=True)
class Told:
    """A month built twice: with rows of the month before, and without."""

    carried: Build
    full: Build


WORLDS = {"GB": (80, 5), "FR": (80, 3), "DE": (60, 8)}
"""Patients and seed of a country."""

CHANGES: dict[str, tuple[Callable[[Month, list[int]], None], ...]] = {
    "GB": (nothing, much, every_patient),
    "FR": (nothing, much, a_code_means_something_else),
    "DE": (),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """April by country and what happened since March (`GB-next`: as the generator has it); and May."""
    folder = tmp_path_factory.mktemp("carried")
    vocabulary(folder)
    befores, months = {}, {}
    for country, (patients, seed) in WORLDS.items():
        march = delivered(Snapshot.named(country, MARCH), folder / "raw" / f"{country}-march", patients, seed)
        chosen = prepared(march)
        befores[country] = march
        april = Snapshot.named(country, APRIL)
        months[f"{country}-next"] = delivered(april, folder / "raw" / f"{country}-next", patients, seed)
        for change in CHANGES[country]:
            name = f"{country}-{change.__name__}"
            months[name] = march.as_of(april, folder / "raw" / name)
            collected_later(months[name])
            change(months[name], chosen)
    may = delivered(Snapshot.named("GB", MAY), folder / "raw" / "GB-may", *WORLDS["GB"])
    alone = [Asked(f"{country}-{MARCH}", month) for country, month in befores.items()]
    alone += [Asked(_named(name, APRIL, "full"), month) for name, month in months.items()]
    builds = built(folder, [*alone, Asked(_named("GB-may", MAY, "full"), may)])
    after = [
        Asked(_named(name, APRIL, "carried"), month, builds[f"{name[:2]}-{MARCH}"])
        for name, month in months.items()
    ]
    builds |= built(folder, after)
    april = builds[_named("GB-next", APRIL, "carried")]
    builds |= built(folder, [Asked(_named("GB-may", MAY, "carried"), may, april)])
    return {
        name: Told(*(builds[_named(name, month, how)] for how in ("carried", "full")))
        for name, month in {**dict.fromkeys(months, APRIL), "GB-may": MAY}.items()
    }


def _named(name: str, month: str, how: str) -> str:
    country, _, change = name.partition("-")
    return f"{country}-{month}-{change}-{how}"


ALL = [
    *(f"{country}-{change.__name__}" for country, changes in CHANGES.items() for change in changes),
    *(f"{country}-next" for country in WORLDS),
    "GB-may",
]


@pytest.mark.parametrize("name", ALL)
def test_every_file_of_an_incremental_build_holds_the_bytes_of_a_full_build(told: dict[str, Told], name: str):
    """Whatever changed since the month before; accounts and metadata as well."""
    assert differing(told[name].carried, told[name].full) == []


@pytest.mark.parametrize("name", ALL)
def test_the_next_month_starts_from_an_incremental_build_as_from_a_full_one(told: dict[str, Told], name: str):
    """What is kept beside it says the same, but for whose rows were carried."""
    assert set(kept_differing(told[name].carried, told[name].full)) <= {"int_persons_carried.parquet"}


@pytest.mark.parametrize("name", [name for name in ALL if name[3:] in ("nothing", "next", "may")])
def test_rows_of_unchanged_persons_are_carried(told: dict[str, Told], name: str):
    """Most of them in these months: otherwise equal bytes would show nothing."""
    persons, carried = counts(told[name].carried)
    assert persons / 3 < carried < persons


@pytest.mark.parametrize("name", ["GB-every_patient", "FR-a_code_means_something_else"])
def test_nothing_is_carried_where_everybody_or_a_code_changed(told: dict[str, Told], name: str):
    """A person whose own rows are the same may have a code that stands for something else now."""
    assert counts(told[name].carried)[1] == 0
