"""The tables of a delivery as frames: every column of the layout, spelled as the country spells it."""

from functools import cache

import numpy as np
import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.layout import column_names
from thin_assets.synthetic.coding import codes, diagnoses, products
from thin_assets.synthetic.days import NEVER, spelled
from thin_assets.synthetic.defects import fault
from thin_assets.synthetic.diagnoses import HISTORY, NEW, ONGOING
from thin_assets.synthetic.measurements import DATA, pool
from thin_assets.synthetic.names import STRANGER, record_keys, spelled_key
from thin_assets.synthetic.rows import Rows, size
from thin_assets.synthetic.snapshots import View
from thin_assets.synthetic.therapy import ACUTE, daily_units, pack_units

CATCH_ALL = "1001400153"
"""Entity of a laboratory test in countries where only the local code says which test it was."""


def at(texts: list, index: np.ndarray) -> pl.Series:
    """Text at each index; null where the index is negative."""
    table = pl.Series([*texts, None], dtype=pl.String)
    return table.gather(np.where(index < 0, len(texts), index))


def framed(table: str, columns: dict[str, pl.Series | pl.Expr]) -> pl.DataFrame:
    """A frame with every column of the layout, null where nothing is said."""
    known = pl.DataFrame(dict(columns.items()))
    missing = [
        pl.lit(None, dtype=pl.String).alias(name) for name in column_names(table) if name not in columns
    ]
    return known.with_columns(missing).select(column_names(table))


class Speller:
    """Spells the rows of one view.

    keys       practice key of each practice number
    """

    def __init__(self, country: str, view: View, practice_keys: np.ndarray) -> None:
        self.country, self.view = country, view
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
        return staff_keys(np.where(unknown, 9_000 + rows["staff"], rows["staff"]))

    def consult(self, rows: Rows) -> dict[str, pl.Series]:
        """Who came when, to whom, how and for how long."""
        clock = rows["second"]
        return {
            "consultid": record_keys(rows["number"]),
            "staffid": self._staff(rows),
            "eventdate": spelled(rows["day"]),
            "sysdate": spelled(rows["sysday"]),
            "systime": _clock().gather(clock // 60),
            "constype": at([f"{kind:03d}" for kind in range(11)], rows["kind"]),
            "duration": pl.Series(rows["minutes"]),
        }

    def medical(self, rows: Rows) -> dict[str, pl.Series]:
        """What was coded; a correction gives the entry an end."""
        book, notions = diagnoses(self.country), len(codes("diagnoses"))
        spelling = rows["system"].astype(np.int64) * notions + rows["notion"]
        medcode = book.texts().gather(spelling)
        medcode = _replaced(medcode, rows["fault"] == fault("unmapped_code"), "ZZ9Z9")
        medcode = _replaced(medcode, rows["fault"] == fault("case_collision"), case_twin())
        ended = rows["ended"] | (rows["corrected"] < NEVER)
        kinds = codes("diagnoses")["datatype"].gather(rows["notion"])
        history = at(["02"], np.where(rows["kind"] == HISTORY, 0, -1))
        episode = np.select(
            [rows["kind"] == NEW, rows["kind"] == ONGOING, rows["kind"] == HISTORY], [0, 2, -1], 1
        )
        return {
            "eventdate": spelled(rows["day"], rows["precision"]),
            "enddate": spelled(np.where(ended & (rows["day"] < NEVER), rows["day"] + 14, NEVER)),
            "datatype": pl.select(pl.coalesce(history, kinds)).to_series(),
            "code_system": at(list(book.systems), rows["system"]),
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
        book, faults = products(self.country), rows["fault"]
        daily, pack = daily_units(self.country)[rows["product"]], pack_units(self.country)[rows["product"]]
        days = rows["long"].astype(np.int64)
        units = np.rint(np.maximum(daily * days, 1)) * np.where(rows["corrected"] < NEVER, 2, 1)
        told = np.where(rows["number"] % 10 < 6, days, -1)
        told = np.select(
            [faults == fault("days_supply_0"), faults == fault("days_supply_999")], [0, 999], told
        )
        unknown = faults == fault("unmapped_code")
        repeat = rows["kind"] != ACUTE
        return {
            "prscdate": spelled(rows["day"]),
            "drug_code_system": pl.repeat(
                COUNTRIES[self.country].drugs, size(rows), dtype=pl.String, eager=True
            ),
            "drugcode": _replaced(book["code"].gather(rows["product"]), unknown, "00000000000000"),
            "atc": _replaced(book["atc"].gather(rows["product"]), unknown, None),
            "therflag": _flag(rows, ["Y"], np.zeros(size(rows), dtype=int), "N"),
            "doscode": _dose_codes(self.country).gather(rows["product"]),
            "dosgval": pl.Series(daily),
            "prscqty": pl.Series(units),
            "prscdays": pl.Series(told).set(pl.Series(told < 0), None),
            "packs": pl.Series(np.ceil(units / pack)),
            "packsize": book["pack_units"].gather(rows["product"]),
            "private": at(["N", "Y"], (rows["number"] % 40 == 0).astype(int)),
            "prsctype": at(["A", "R"], repeat.astype(int)),
            "seqnoiss": pl.Series(np.where(repeat, rows["number"] % 6 + 1, 0)).set(pl.Series(~repeat), None),
            "maxnoiss": pl.Series(np.where(repeat, 6, 0)).set(pl.Series(~repeat), None),
            "inprac": at(["Y"], np.zeros(size(rows), dtype=int)),
            "therid": record_keys(rows["number"]),
        } | self._links(rows)

    def dispense(self, rows: Rows) -> dict[str, pl.Series]:
        """What a pharmacy handed out for a prescription."""
        book = products(self.country)
        return {
            "dispdate": spelled(rows["day"]),
            "cip13": book["code"].gather(rows["product"]),
            "atc": book["atc"].gather(rows["product"]),
            "boxes": pl.Series(rows["boxes"]),
            "therid": record_keys(rows["number"]),
        }

    def ahd(self, rows: Rows) -> dict[str, pl.Series]:
        """Measured and told; a correction raises the value a little."""
        texts, words = pool()
        data = {name: rows[name] for name in DATA}
        value = np.where(rows["fault"] == fault("unit_swap"), rows["swapped"], data["data2"])
        test = _is_laboratory()[rows["test"]]
        corrected = (rows["corrected"] < NEVER) & test & (value < words["OPR001"] - 3)
        data["data2"] = np.where(corrected, value + 2, value)
        null = len(texts) - 1
        spelt = {name: texts.gather(np.where(index < 0, null, index)) for name, index in data.items()}
        book = _test_book(self.country)
        unknown = rows["fault"] == fault("unmapped_code")
        entity = _replaced(book["entity"].gather(rows["test"]), unknown, "1999999999")
        unit = np.where(test & (data["data3"] >= 0), data["data3"] - words["MEA001"], -1) % len(_unit_texts())
        return (
            {
                "eventdate": spelled(rows["day"]),
                "ahdcode": entity,
                "ahdflag": _flag(rows, ["Y"], np.zeros(size(rows), dtype=int), "N"),
                "loinc": _replaced(book["loinc_sent"].gather(rows["test"]), unknown, None),
                "local_code": _replaced(book["local_sent"].gather(rows["test"]), unknown, None),
                "inprac": at(["Y", "N"], (rows["number"] % 5 == 0).astype(int)),
                "ahdid": record_keys(rows["number"]),
            }
            | spelt
            | ({} if self.country == "GB" else {"unit_text": _unit_texts().gather(unit)})
            | self._links(rows)
        )


_SPELLERS = {name: getattr(Speller, name) for name in ("consult", "medical", "therapy", "dispense", "ahd")}


def _replaced(series: pl.Series, where: np.ndarray, value: str | None) -> pl.Series:
    chosen = np.flatnonzero(where)
    return series.scatter(chosen, value) if len(chosen) else series


def _flag(rows: Rows, valid: list[str], index: np.ndarray, invalid: str) -> pl.Series:
    return at([*valid, invalid], np.where(rows["fault"] == fault("invalid_flag"), len(valid), index))


@cache
def staff_key_table() -> pl.Series:
    """Keys of staff numbers, for everybody who works in a practice or is said to."""
    return spelled_key(np.arange(20_000) + 5_000_000)


def staff_keys(numbers: np.ndarray) -> pl.Series:
    """Key of each member of staff."""
    return staff_key_table().gather(numbers.astype(np.int64))


def case_twin() -> str:
    """A code that differs from a known one by letter case only."""
    return codes("diagnoses").filter(pl.col("notion") == "case_twin")["read2"].item()


@cache
def _clock() -> pl.Series:
    return pl.Series([f"{minute // 60:02d}{minute % 60:02d}00" for minute in range(24 * 60)])


@cache
def dose_codes(country: str) -> pl.DataFrame:
    """Dosage lookup: one code per number of units a day."""
    units = sorted(set(daily_units(country)))
    return pl.DataFrame({"daily": units, "doscode": [f"{number:07d}" for number in range(1, len(units) + 1)]})


@cache
def _dose_codes(country: str) -> pl.Series:
    units = pl.DataFrame({"daily": daily_units(country)})
    return units.join(dose_codes(country), on="daily", how="left", maintain_order="left")["doscode"]


@cache
def _is_laboratory() -> np.ndarray:
    return (codes("tests")["datafile"] == "TEST").to_numpy()


@cache
def _unit_texts() -> pl.Series:
    """Unit texts in the order of the pool, a null last."""
    units = codes("lookups").filter(pl.col("lookup") == "unit")
    texts = units["description"].to_list()
    known = [None if code == "MEA000" else text for code, text in zip(units["code"], texts, strict=True)]
    return pl.Series([*known, None])


@cache
def _test_book(country: str) -> pl.DataFrame:
    """Entity, LOINC and local code that a country sends for each test."""
    laboratory = pl.col("datafile") == "TEST"
    catch_all = country not in ("GB", "FR")
    entity = (
        pl.when(laboratory).then(pl.lit(CATCH_ALL)).otherwise("ahdcode") if catch_all else pl.col("ahdcode")
    )
    return codes("tests").select(
        entity.alias("entity"),
        (pl.col("loinc") if country == "FR" else pl.lit(None, dtype=pl.String)).alias("loinc_sent"),
        (pl.when(laboratory).then("local_code") if catch_all else pl.lit(None, dtype=pl.String)).alias(
            "local_sent"
        ),
    )
