"""The observatory counts what was delivered: a naive loop over delivered lines finds the same, to the unit.

The whole way lies between: a delivery without planted defects, codes of two product systems, OMOP by dbt,
classes and doses. The loop knows the delivery's files and the generator's list of drugs, and none of our SQL.
"""

import calendar
import csv
import datetime as dt
import gzip
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.cdm import open_cdm
from tests.journey.worlds import load_vocabulary, snapshot_of, unpack_world
from tests.spec.builds import build_all
from thin_assets.studies.prescribing.declared import assigned, declared
from thin_assets.studies.prescribing.study import STUDY
from thin_assets.studies.study import Material
from thin_assets.synthetic.codes import read
from thin_assets.synthetic.codes.products import PRODUCTS_PER_DRUG, product_code

pytestmark = pytest.mark.journey

WORLD, PATIENTS, SEED = "GB-2024-05", 500, 71
DRUGS = ("omeprazole", "atorvastatin", "amlodipine", "sertraline", "salbutamol", "levothyroxine")
"""One ingredient each, which is in no other product of the generator."""

MILLIGRAMS = {"mg": 1.0, "microgram": 0.001}


@dataclass
class Month:
    """What the loop finds of a drug in a calendar month."""

    users: set = field(default_factory=set)
    incident: set = field(default_factory=set)
    prescriptions: set = field(default_factory=set)
    ddd: float = 0.0

    @property
    def told(self) -> tuple:
        return len(self.users), len(self.incident), len(self.prescriptions), pytest.approx(self.ddd, abs=1e-4)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, pl.DataFrame]]:
    """The delivery's folder, and the tables of the observatory."""
    home = tmp_path_factory.mktemp("prescribing")
    snapshot = snapshot_of(WORLD)
    with duckdb.connect() as con:
        vocabulary = load_vocabulary(home, con)
        unpack_world(home, WORLD, con, patients=PATIENTS, seed=SEED, defects=False)
    build = build_all(home, [WORLD])[WORLD]
    with open_cdm(build.candidate, vocabulary) as con:
        tables = STUDY.found(Material(snapshot, con, {}, "test"))
    return home / "deliveries" / "GB" / "2024-05", tables


def lines(folder: Path, table: str) -> list[dict[str, str]]:
    """Delivered rows of a table."""
    found = []
    for path in sorted((folder / table).glob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            found += list(csv.DictReader(text, delimiter="|"))
    return found


def day(text: str) -> dt.date | None:
    return dt.date(int(text[:4]), int(text[4:6]) or 1, int(text[6:]) or 1) if text else None


def observed(folder: Path) -> dict[tuple, tuple[dt.date, dt.date]]:
    """First and last day of each patient: on the list, recorded reliably, alive, until last collected."""
    practices = {row["pracid"]: row for row in lines(folder, "practice")}
    found = {}
    for row in lines(folder, "patient"):
        practice = practices[row["pracid"]]
        reliable = [day(practice["visiondate"]) or day(practice["compdate"]), day(practice["amrdate"])]
        starts = [day(row["regdate"]), *reliable]
        ends = [day(row["xferdate"]), day(row["deathdate"]), day(practice["collectdate"])]
        start, end = max(filter(None, starts)), min(filter(None, ends))
        if start < end:
            found[row["pracid"], row["patid"]] = (start, end)
    return found


def months() -> list[dt.date]:
    """The calendar months that are counted, oldest first."""
    numbers = [2024 * 12 + 5 - 1 - back for back in range(declared().months)]
    return [dt.date(number // 12, number % 12 + 1, 1) for number in reversed(numbers)]


def products() -> dict[tuple[str, str], dict]:
    """Drug by code system and product code."""
    return {
        (system, product_code(system, drug, number)): drug
        for drug in read("drugs")
        if drug["notion"] in DRUGS
        for system in ("MULTILEX", "DMD")
        for number in range(PRODUCTS_PER_DRUG)
    }


def looped(folder: Path) -> dict[str, dict[dt.date, Month]]:
    """What a loop over prescriptions finds, by drug and month."""
    who, known = observed(folder), products()
    ddd = {row["ingredient_concept_id"]: row["ddd"] for row in assigned().to_dicts()}
    taken = defaultdict(list)
    for row in lines(folder, "therapy"):
        drug = known.get((row["drug_code_system"], row["drugcode"]))
        patient, on = (row["pracid"], row["patid"]), day(row["prscdate"])
        if drug and patient in who and who[patient][0] <= on <= who[patient][1]:
            taken[drug["notion"], patient].append((on, row, drug))
    found = {name: defaultdict(Month) for name in DRUGS}
    for (name, patient), given in taken.items():
        for on, row, drug in given:
            month = found[name][on.replace(day=1)]
            month.users.add(patient)
            month.prescriptions.add((patient, on, row["drugcode"]))
            before = [other for other, *_ in given if other < on]
            has_none = not before or (on - max(before)).days > declared().washout_days
            if has_none and (on - who[patient][0]).days >= declared().washout_days:
                month.incident.add(patient)
            units = float(drug["daily_units"])
            days = int(row["prscdays"]) if row["prscdays"] else round(float(row["prscqty"]) / units)
            dose = float(drug["strength_num"]) * MILLIGRAMS[drug["strength_unit"]] * units
            month.ddd += dose * days / ddd[int(drug["ingredient_concept_id"])]
    return found


@pytest.mark.parametrize("name", DRUGS)
def test_users_new_users_prescriptions_and_doses_are_those_that_were_delivered(
    built: tuple[Path, dict[str, pl.DataFrame]], name: str
) -> None:
    folder, tables = built
    drug = next(drug for drug in read("drugs") if drug["notion"] == name)
    rows = tables["prescribing"].filter(
        record_kind="prescribed", level="Ingredient", class_code=drug["ingredient_concept_id"]
    ).filter(sex="all", age_band="all")  # fmt: skip
    counted = {
        row["month"]: (row["users"], row["incident_users"], row["prescriptions"], row["ddd"])
        for row in rows.to_dicts()
    }
    wanted = {month: one.told for month, one in looped(folder)[name].items() if month in months()}
    assert len(wanted) > 12
    assert counted == wanted
    assert rows["prescriptions_without_ddd"].sum() == 0


def test_somebody_begins(built: tuple[Path, dict[str, pl.DataFrame]]) -> None:
    """Else the rule of the washout would be held to nothing."""
    found = looped(built[0])
    assert sum(len(month.incident) for drug in found.values() for month in drug.values()) > 20


def test_person_days_are_those_of_the_lists(built: tuple[Path, dict[str, pl.DataFrame]]) -> None:
    folder, tables = built
    days, persons = Counter(), Counter()
    for start, end in observed(folder).values():
        for month in months():
            last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
            if start <= last and end >= month:
                persons[month] += 1
                days[month] += (min(end, last) - max(start, month)).days + 1
    rows = tables["prescribing_person_days"].filter(sex="all", age_band="all")
    counted = {
        month: (one, total) for month, one, total in rows.select("month", "persons", "person_days").rows()
    }
    assert counted == {month: (persons[month], days[month]) for month in months()}
