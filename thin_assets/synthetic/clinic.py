"""What is measured and asked in the consulting room: blood pressure, weight, height, pulse, habits."""

from dataclasses import dataclass

import numpy as np

from thin_assets.synthetic.chance import happens
from thin_assets.synthetic.coding import index_of
from thin_assets.synthetic.consultations import PURPOSES
from thin_assets.synthetic.days import NEVER, YEAR
from thin_assets.synthetic.effects import outcome_days
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.morbidity import burden
from thin_assets.synthetic.parameters import by_age, rates
from thin_assets.synthetic.pool import DATA, FIRST_YEAR, NULL, number, word
from thin_assets.synthetic.population import SMOKES, STOPPED
from thin_assets.synthetic.rows import Rows

GROWN_UP = 17


@dataclass(frozen=True)
class Clinic:
    """Where measuring happens: the chance, the country, the lives, and the planted trends of measurements."""

    rng: np.random.Generator
    country: str
    lives: Lives
    trends: list[dict]

    def people(self, what: str, who: np.ndarray) -> np.ndarray:
        """A trait of each patient."""
        return self.lives.people[what][who]

    def ages(self, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Age in whole years on a day."""
        return ((day - self.people("born", who)) / YEAR).astype(np.int64).clip(0, 110)

    def now_and_then(self, count: int, chance: float) -> np.ndarray:
        """A mask with the given chance for each element."""
        return happens(self.rng, np.full(count, chance))

    def shift(self, test: str, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """How far a test lies from the usual because of active diseases and planted trends."""
        total = np.zeros(len(who))
        for row in rates("shifts").iter_rows(named=True):
            if row["test"] == test:
                ill = self.lives.onset[who, burden(self.country).at(row["condition"])] <= day
                total += ill * row["shift"]
        for row in self.trends:
            if row["exposure"] == test:
                total += self._drift(row, who, day)
        return total

    def _drift(self, row: dict, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """A planted trend: nothing until `from_days` before the outcome, `change` on its day."""
        outcome = outcome_days(self.lives.onset, self.country, row["outcome"])[who].astype(np.int64)
        before = (outcome < NEVER) & (day <= outcome)
        return np.where(before, 1 - (outcome - day) / row["from_days"], 0).clip(0, 1) * row["change"]


def data_rows(who: np.ndarray, day: np.ndarray, visit: np.ndarray, test: str, **data: np.ndarray) -> Rows:
    """Rows of one test; columns not given are null. `swapped` is the result in the test's other unit."""
    empty = np.full(len(who), NULL, dtype=np.int32)
    columns = {name: data.get(name, empty).astype(np.int32) for name in (*DATA, "swapped")}
    return {
        "who": who.astype(np.int32),
        "day": day.astype(np.int32),
        "visit": visit.astype(np.int32),
        "test": np.full(len(who), index_of("tests")[test], dtype=np.int16),
    } | columns


def clinical(clinic: Clinic, visits: Rows) -> list[Rows]:
    """What was measured and asked, by age and by what the visit was about."""
    table = rates("clinical")
    ages = clinic.ages(visits["who"], visits["day"])
    parts = []
    for chance, row in zip(by_age(table), table.iter_rows(named=True), strict=True):
        of_purpose = visits["purpose"] == PURPOSES.index(row["visit"])
        which = np.flatnonzero(of_purpose & happens(clinic.rng, chance[ages]))
        who, day = visits["who"][which], visits["day"][which]
        data = _MEASURES[row["measure"]](clinic, who, day, ages[which])
        parts.append(data_rows(who, day, which, row["measure"], **data))
    return parts


def _blood_pressure(clinic: Clinic, who: np.ndarray, day: np.ndarray, age: np.ndarray) -> dict:
    """Diastolic first, systolic second, as delivered."""
    raised = clinic.shift("blood_pressure", who, day)
    systolic = 104 + 0.42 * age.clip(10, 85) + raised + clinic.rng.normal(0, 12, len(who))
    diastolic = 62 + 0.42 * (systolic - 104) + clinic.rng.normal(0, 7, len(who))
    diastolic = np.minimum(diastolic, systolic - 15)
    return {"data1": number(diastolic.clip(40, 135), 0), "data2": number(systolic.clip(72, 245), 0)}


def _height_then(clinic: Clinic, who: np.ndarray, age: np.ndarray) -> np.ndarray:
    return clinic.people("height", who) * np.minimum(0.3 + 0.7 * (age / GROWN_UP) ** 0.75, 1)


def _weight(clinic: Clinic, who: np.ndarray, day: np.ndarray, age: np.ndarray) -> dict:
    """Kilograms and, third, the body mass index."""
    height = _height_then(clinic, who, age)
    child = age < GROWN_UP
    slim = np.where(child, 0.62 + 0.38 * age / GROWN_UP, 1)
    changed = np.where(child, 0, clinic.shift("weight", who, day))
    weight = clinic.people("bmi", who) * slim * height**2 + changed + clinic.rng.normal(0, 1.2, len(who))
    weight = weight.clip(3, 230)
    return {"data1": number(weight, 1), "data3": number((weight / height**2).clip(10, 70), 1)}


def _height(clinic: Clinic, who: np.ndarray, day: np.ndarray, age: np.ndarray) -> dict:
    return {"data1": number(_height_then(clinic, who, age) + clinic.rng.normal(0, 0.01, len(who)), 2)}


def _pulse(clinic: Clinic, who: np.ndarray, day: np.ndarray, age: np.ndarray) -> dict:
    return {"data1": number(clinic.rng.normal(75, 11, len(who)).clip(38, 170), 0)}


def _smoking(clinic: Clinic, who: np.ndarray, day: np.ndarray, age: np.ndarray) -> dict:
    """Status as told that day: now and then it contradicts what was told before."""
    count = len(who)
    anything = clinic.rng.integers(0, 3, count)
    status = np.where(clinic.now_and_then(count, 0.06), anything, clinic.people("smoking", who))
    cigarettes = number(clinic.rng.gamma(3, 5, count).clip(1, 60), 0)
    year = 1970 + (day // YEAR).astype(np.int64) - clinic.rng.integers(1, 25, count)
    stopped = word(f"{FIRST_YEAR}0000") + year - FIRST_YEAR
    return {
        "data1": np.array([word("N"), word("Y"), word("D")])[status],
        "data2": np.where(status == SMOKES, cigarettes, NULL),
        "data6": np.where((status == STOPPED) & clinic.now_and_then(count, 0.4), stopped, NULL),
    }


def _alcohol(clinic: Clinic, who: np.ndarray, day: np.ndarray, age: np.ndarray) -> dict:
    """Drinks or not, and units a week."""
    drinks = clinic.people("drinker", who)
    units = number(clinic.rng.gamma(1.2, 7, len(who)).clip(1, 90), 0)
    return {"data1": np.where(drinks, word("Y"), word("N")), "data2": np.where(drinks, units, NULL)}


_MEASURES = {
    "blood_pressure": _blood_pressure,
    "weight": _weight,
    "height": _height,
    "smoking": _smoking,
    "alcohol": _alcohol,
    "pulse": _pulse,
}
