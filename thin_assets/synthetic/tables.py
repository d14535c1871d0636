"""The event tables of a delivery as frames: every row spelled as the country spells it."""

import numpy as np
import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.synthetic.aftermath import told_frame
from thin_assets.synthetic.codes import factors
from thin_assets.synthetic.coding import codes, diagnoses, product_codes, products
from thin_assets.synthetic.days import NEVER, spelled
from thin_assets.synthetic.defects import fault
from thin_assets.synthetic.diagnoses import HISTORY, NEW, ONGOING
from thin_assets.synthetic.names import STRANGER, record_keys, spelled_key
from thin_assets.synthetic.pool import DATA, numbers_in_all, told, word
from thin_assets.synthetic.practices import Practices
from thin_assets.synthetic.records import TEXT_ALONE
from thin_assets.synthetic.register import deprivation_frame, patient_frame
from thin_assets.synthetic.rows import Rows, size
from thin_assets.synthetic.snapshots import View
from thin_assets.synthetic.spelling import (
    UNKNOWN_STAFF,
    at,
    case_twin,
    classes_told,
    clock,
    dose_codes,
    framed,
    is_laboratory,
    optional,
    replaced,
    staff_keys,
    tests_as_sent,
    unit_texts,
)
from thin_assets.synthetic.therapy import ACUTE, daily_units, pack_units
from thin_assets.synthetic.truth import Delivered

UNKNOWN_DIAGNOSIS = {"SNOMED": "999999999"}
UNKNOWN_PRODUCT = {"MULTILEX": "00000000"}
"""A code that no list knows, in systems where it has a form of its own."""


class Speller:
    """Spells the rows of one view.

    practice_keys    key of each practice number
    first_codes      True spells every row in the country's first code systems, as before any cut-over
    """

    def __init__(
        self, country: str, view: View, practice_keys: np.ndarray, *, first_codes: bool = False
    ) -> None:
        self.country, self.view, self.first_codes = country, view, first_codes
        self.practices = practice_keys.tolist()

    def frame(self, table: str) -> pl.DataFrame:
        """The rows of an event table."""
        rows = self.view.tables[table]
        return framed(table, self._keys(rows) | _SPELLERS[table](self, rows))

    def _keys(self, rows: Rows) -> dict[str, pl.Series]:
        who, faults = rows["who"], rows["fault"]
        patients = self.view.keys.gather(who)
        strangers = np.flatnonzero(faults == fault("orphan_patient"))
        if len(strangers):
            patients = patients.scatter(strangers, spelled_key(STRANGER + who[strangers] % 700_000))
        return {"pracid": at(self.practices, self.view.lives.people["practice"][who]), "patid": patients}

    def _links(self, rows: Rows) -> dict[str, pl.Series]:
        """Columns that the event tables share: consultation, staff, recording day, correction."""
        consult = np.where(rows["fault"] == fault("missing_consult"), -1, rows["consult"])
        corrected = rows["corrected"] < NEVER
        sysday = np.where(corrected, rows["corrected"], rows["sysday"])
        return {
            "consultid": record_keys(consult),
            "staffid": self._staff(rows),
            "sysdate": spelled(sysday),
            "modified": at(["N", "Y"], corrected.astype(int)),
        }

    def _staff(self, rows: Rows) -> pl.Series:
        unknown = rows["fault"] == fault("orphan_staff")
        return staff_keys(np.where(unknown, UNKNOWN_STAFF + rows["staff"], rows["staff"]))

    def consult(self, rows: Rows) -> dict[str, pl.Series]:
        """Who came when, to whom, how and for how long."""
        return {
            "consultid": record_keys(rows["number"]),
            "staffid": self._staff(rows),
            "eventdate": _dated(rows),
            "sysdate": spelled(rows["sysday"]),
            "systime": clock(rows["second"]),
            "constype": at([f"{kind:03d}" for kind in range(11)], rows["kind"]),
            "duration": pl.Series(rows["minutes"]),
        }

    def medical(self, rows: Rows) -> dict[str, pl.Series]:
        """What was coded; a correction gives the entry an end."""
        book, notions = diagnoses(self.country), len(codes("diagnoses"))
        system = rows["system"].clip(0, 0 if self.first_codes else None)
        unknown = (rows["fault"] == fault("unmapped_code")) | ~book.exists[system, rows["notion"]]
        medcode = book.texts().gather(system.astype(np.int64) * notions + rows["notion"])
        medcode = _unknown(
            medcode, unknown, [UNKNOWN_DIAGNOSIS.get(name, "ZZ9Z9") for name in book.systems], system
        )
        medcode = replaced(medcode, rows["fault"] == fault("case_collision"), case_twin())
        code_system, medcode = _with_factors(rows, at(list(book.systems), system), medcode)
        ended = rows["ended"] | (rows["corrected"] < NEVER)
        kinds = codes("diagnoses")["datatype"].gather(rows["notion"])
        history = at(["02"], np.where(rows["kind"] == HISTORY, 0, -1))
        episode = np.select(
            [rows["kind"] == NEW, rows["kind"] == ONGOING, rows["kind"] == HISTORY], [0, 2, -1], 1
        )
        return {
            "eventdate": _dated(rows, rows["precision"]),
            "enddate": spelled(np.where(ended & (rows["day"] < NEVER), rows["day"] + 14, NEVER)),
            "datatype": pl.select(pl.coalesce(history, kinds)).to_series(),
            "code_system": code_system,
            "medcode": medcode,
            "certainty": at(["G", "V", "A", "Z"], rows["certainty"]),
            "medflag": _flag(rows, ["R", "S"], np.where(rows["number"] % 9 == 0, 1, 0), "D"),
            "source": at(["1"], np.where(rows["number"] % 4 == 0, 0, -1)),
            "episode": at(["F", "N", "O"], episode),
            "category": at(["1", "2", "3"], rows["priority"].astype(int) - 1),
            "priority": pl.Series(rows["priority"]),
            "inprac": at(["Y", "N"], (rows["number"] % 20 == 0).astype(int)),
            "medid": record_keys(rows["number"]),
        } | self._links(rows)

    def therapy(self, rows: Rows) -> dict[str, pl.Series]:
        """What was prescribed; a correction doubles the quantity."""
        book, faults = product_codes(self.country), rows["fault"]
        daily, pack = daily_units()[rows["product"]], pack_units()[rows["product"]]
        system = book.system_on(np.minimum(rows["sysday"], rows["day"]))
        system = np.zeros_like(system) if self.first_codes else system
        days = rows["long"].astype(np.int64)
        units = np.rint(np.maximum(daily * days, 1)) * np.where(rows["corrected"] < NEVER, 2, 1)
        told_days = np.where(rows["number"] % 10 < 6, days, -1)
        wrong = [faults == fault("days_supply_0"), faults == fault("days_supply_999")]
        told_days = np.select(wrong, [0, 999], told_days)
        drugcode = book.texts().gather(system.astype(np.int64) * len(products()) + rows["product"])
        unknown = faults == fault("unmapped_code")
        no_code = [UNKNOWN_PRODUCT.get(name, "00000000000000") for name in book.systems]
        repeat = rows["kind"] != ACUTE
        return {
            "prscdate": _dated(rows),
            "drug_code_system": at(list(book.systems), system),
            "drugcode": _unknown(drugcode, unknown, no_code, system),
            "atc": replaced(classes_told(self.country).gather(rows["product"]), unknown, None),
            "therflag": _flag(rows, ["Y"], np.zeros(size(rows), dtype=int), "N"),
            "doscode": dose_codes().gather(rows["product"]),
            "dosgval": pl.Series(daily),
            "prscqty": pl.Series(units),
            "prscdays": optional(told_days, told_days >= 0),
            "packs": pl.Series(np.ceil(units / pack)),
            "packsize": products()["pack_units"].gather(rows["product"]),
            "private": at(["N", "Y"], (rows["number"] % 40 == 0).astype(int)),
            "prsctype": at(["A", "R"], repeat.astype(int)),
            "seqnoiss": optional(rows["number"] % 6 + 1, repeat),
            "maxnoiss": optional(np.full(size(rows), 6), repeat),
            "inprac": at(["Y"], np.zeros(size(rows), dtype=int)),
            "therid": record_keys(rows["number"]),
        } | self._links(rows)

    def dispense(self, rows: Rows) -> dict[str, pl.Series]:
        """What a pharmacy handed out for a prescription."""
        return {
            "dispdate": _dated(rows),
            "cip13": product_codes(self.country).codes[-1].gather(rows["product"]),
            "atc": classes_told(self.country).gather(rows["product"]),
            "boxes": pl.Series(rows["boxes"]),
            "therid": record_keys(rows["number"]),
        }

    def ahd(self, rows: Rows) -> dict[str, pl.Series]:
        """Measured and told; a correction raises a laboratory value a little."""
        swapped, unknown = rows["fault"] == fault("unit_swap"), rows["fault"] == fault("unmapped_code")
        data = {name: rows[name] for name in DATA}
        value = np.where(swapped, rows["swapped"], data["data2"])
        laboratory = is_laboratory()[rows["test"]]
        corrected = laboratory & (rows["corrected"] < NEVER) & (value < numbers_in_all() - 2)
        data["data2"] = np.where(corrected, value + 2, value)
        book = tests_as_sent(self.country)
        columns = {
            "eventdate": _dated(rows),
            "ahdcode": replaced(book["entity"].gather(rows["test"]), unknown, "1999999999"),
            "ahdflag": _flag(rows, ["Y"], np.zeros(size(rows), dtype=int), "N"),
            "loinc": replaced(book["loinc"].gather(rows["test"]), unknown, None),
            "local_code": replaced(book["local"].gather(rows["test"]), unknown, None),
            "inprac": at(["Y", "N"], (rows["number"] % 5 == 0).astype(int)),
            "ahdid": record_keys(rows["number"]),
        }
        if self.country != "GB":
            measured = laboratory & (data["data3"] >= 0)
            columns["unit_text"] = at(unit_texts(), np.where(measured, data["data3"] - word("MEA001"), -1))
        return columns | {name: told(places) for name, places in data.items()} | self._links(rows)


_SPELLERS = {name: getattr(Speller, name) for name in ("consult", "medical", "therapy", "dispense", "ahd")}


def _dated(rows: Rows, precision: np.ndarray | int = 0) -> pl.Series:
    """Day of each event, of which a fault leaves the month or the year alone."""
    partial = np.where(rows["number"] % 2, 1, 2)
    return spelled(rows["day"], np.where(rows["fault"] == fault("partial_date"), partial, precision))


def _unknown(known: pl.Series, where: np.ndarray, codes: list[str], system: np.ndarray) -> pl.Series:
    """The codes, and for the rows of a mask the unknown code of their system."""
    chosen = np.flatnonzero(where)
    return known.scatter(chosen, at(codes, system[chosen])) if len(chosen) else known


def _with_factors(rows: Rows, system: pl.Series, medcode: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Code systems and codes, of the rows of wide mode those of their factors."""
    which = np.flatnonzero(rows["factor"] >= 0)
    if not len(which):
        return system, medcode
    number = rows["factor"][which]
    told = at([factors.code(one) for one in range(number.max() + 1)], number)
    told = replaced(told, rows["fault"][which] == fault("unmapped_code"), "ZZ9Z9")
    return system.scatter(which, factors.CODE_SYSTEM), medcode.scatter(which, told)


def _flag(rows: Rows, valid: list[str], index: np.ndarray, invalid: str) -> pl.Series:
    """The flag that says a row counts, or the one that says it does not."""
    return at([*valid, invalid], np.where(rows["fault"] == fault("invalid_flag"), len(valid), index))


def delivered_tables(
    country: str, view: View, practices: Practices, *, first_codes: bool = False
) -> dict[str, Delivered]:
    """Every table of patients and events of a chunk, as it will be written; `first_codes` as in Speller."""
    traits = COUNTRIES[country]
    speller = Speller(country, view, practices.keys, first_codes=first_codes)
    found = {"patient": Delivered(*patient_frame(view, practices, traits.observation == "registered"))}
    for name, rows in view.tables.items():
        if name == TEXT_ALONE:
            continue
        beside = {column: rows[column] for column in ("who", "fault", "repeated")}
        found[name] = Delivered(speller.frame(name), beside)
    if traits.deprivation:
        found["pvi"] = Delivered(*deprivation_frame(view, practices))
    return found


def told_in_text(view: View, practices: Practices) -> pl.DataFrame | None:
    """What texts say instead of a chunk's codes, as `aftermath.told_frame`; None where no effect says so."""
    rows = view.tables.get(TEXT_ALONE)
    if rows is None:
        return None
    places = at(practices.keys.tolist(), view.lives.people["practice"][rows["who"]])
    return told_frame(rows, places, view.keys.gather(rows["who"]), spelled(rows["day"]))
