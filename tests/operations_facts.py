"""A platform of seven countries and many months, with what goes wrong in one, to draw pages of."""

import datetime as dt
import random

import polars as pl

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.rooms import ROOMS
from thin_assets.domain.snapshot import Snapshot, months_between
from thin_assets.operations.contract import RoomOfRun
from thin_assets.operations.facts import Facts, Late, Partition
from thin_assets.promises import columns_of

AT = dt.datetime(2024, 7, 3, 9, 30, tzinfo=dt.UTC)
MONTHS = months_between(dt.date(2023, 1, 1), dt.date(2024, 6, 1))
_SECONDS = dict(zip(ROOMS, (1, 14, 0, 42, 9, 11, 25, 12, 30, 18), strict=True))
BUILT = dict.fromkeys(ROOMS, "built") | {"text": "absent"}


def _rooms(country: str, month: dt.date) -> dict[str, str] | None:
    """What stands of a partition: Italy failed at the seal, Spain is behind, Romania is on its way."""
    after = ROOMS.index("validated")
    if (country, month) == ("IT", MONTHS[-1]):
        return BUILT | {"validated": "failed"} | dict.fromkeys(ROOMS[after + 1 :], "absent")
    if country == "ES" and month >= MONTHS[-2]:
        return None
    if (country, month) == ("RO", MONTHS[-1]):
        return BUILT | dict.fromkeys(ROOMS[after:], "absent")
    if (country, month) == ("FR", MONTHS[-3]):
        return BUILT | dict.fromkeys(ROOMS[after + 1 :], "old")
    if (country, month) == ("BE", MONTHS[-1]):
        return dict.fromkeys(ROOMS, "absent")
    return None if country == "RO" and month < MONTHS[6] else BUILT


def facts(ui_address: str | None = None) -> Facts:
    """The same every time."""
    chance = random.Random(7)
    partitions = [
        _partition(Snapshot(code, month), rooms, chance)
        for month in MONTHS
        for code in COUNTRIES
        if (rooms := _rooms(code, month)) is not None
    ]
    late = [
        Late(code, MONTHS[-3] if code == "ES" else MONTHS[-1], MONTHS[-3], _missing(code), 2 * (code == "ES"))
        for code in COUNTRIES
    ]
    disk = {
        room: {code: round(weight * chance.uniform(0.6, 1.4) * 1e8) for code in COUNTRIES}
        for room, weight in (
            ("landing", 60),
            ("raw", 70),
            ("validated", 90),
            ("cohorts", 9),
            ("published", 1),
        )
    }
    disk |= {"vocabulary": {"all": 2_100_000_000}, "runs": {"all": 260_000_000}}
    return Facts(AT, partitions, _runs(partitions, chance), late, "2024-07-03", disk, ui_address)


def _missing(code: str) -> list[tuple[str, str, int]]:
    return [("2024-05", "delivered", 23)] if code == "ES" else []


def _partition(snapshot: Snapshot, rooms: dict[str, str], chance: random.Random) -> Partition:
    is_built = rooms["validated"] != "absent"
    delivered = round(chance.uniform(4e5, 6e5)) if rooms["raw"] != "absent" else None
    spoiled = 0.31 if snapshot.country == "IT" and snapshot.month == MONTHS[-1] else 0.038
    return Partition(
        snapshot,
        rooms,
        delivered,
        None if delivered is None else round(delivered * spoiled * chance.uniform(0.9, 1.1)),
        chance.uniform(97, 99.8) if is_built else None,
        (14 if rooms["validated"] == "failed" else chance.choice((0, 0, 1, 2))) if is_built else None,
        (3 if rooms["validated"] == "failed" else 0) if is_built else None,
        "f00d" if rooms["validated"] == "built" else None,
    )


def _runs(partitions: list[Partition], chance: random.Random) -> pl.DataFrame:
    rows = []
    for number, one in enumerate(partitions):
        for room, state in one.rooms.items():
            if state != "absent":
                rows.append(_row(f"{number:08x}-run", one.snapshot, room, state, chance))
    return pl.DataFrame(rows, schema=columns_of(RoomOfRun), orient="row")


def _row(run: str, snapshot: Snapshot, room: str, state: str, chance: random.Random) -> dict:
    seconds, failed = _SECONDS[room] * chance.uniform(0.8, 1.3), state == "failed"
    return {
        **dict.fromkeys(columns_of(RoomOfRun)),
        "run": run,
        "job": "receive_delivery",
        "partition": snapshot.key,
        "room": room,
        "started": dt.datetime.combine(snapshot.cutoff, dt.time(6), dt.UTC) + dt.timedelta(days=9),
        "outcome": "failed" if failed else "built",
        "steps": 1,
        "seconds": seconds,
        "cpu_seconds": seconds * 1.2,
        "peak_bytes": round(chance.uniform(3e8, 9e8)),
        "child_peak_bytes": 0,
        "written_bytes": round(seconds * 4e6),
        "error": "BrokenRules" if failed else None,
        "exit_code": 33 if failed else None,
        "failed_step": room if failed else None,
    }
