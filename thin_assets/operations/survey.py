"""What the reports in the lake say about every partition, put together for people and for programs."""

from thin_assets.domain.rooms import AFTER_THE_SEAL, ROOMS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingSealed
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.resources.lake import Lake, build_id, partitions_in
from thin_assets.resources.sharing import standing
from thin_assets.settings import Settings


def survey(settings: Settings) -> list[dict]:
    """A row per partition that was delivered or built, oldest month first.

    rooms       state of each room: built, old (made from something since replaced), failed, absent
    rows_in     delivered rows; rows_out rows of the sealed CDM; null before the room was built
    build       sealed build that readers see, or null
    carried_percent    persons whose rows were taken over from the month before; null where that is off
    published   version of each product; published_rows of their tables together
    store       only where homes share one: `in step`, `ahead` (not put yet), `behind` (not fetched yet) of it
    """
    lake = Lake(home=str(settings.home))
    arrived = complete_deliveries(lake.deliveries)
    shared = standing(settings.home)
    reported = (snapshot for snapshot, _ in partitions_in(lake.root / "reports"))
    found = {*arrived, *reported, *(shared or ())}
    snapshots = sorted(found, key=lambda snapshot: (snapshot.month, snapshot.country))
    rows = {snapshot: _row(lake, snapshot, arrived.get(snapshot)) for snapshot in snapshots}
    if shared is not None:
        for snapshot, row in rows.items():
            row["store"] = shared.get(snapshot, "ahead")
    return list(rows.values())


def _row(lake: Lake, snapshot: Snapshot, delivery: str | None) -> dict:
    reports = {room: lake.reported(room, snapshot) for room in ROOMS}
    raw, validated, published = reports["raw"] or {}, reports["validated"] or {}, reports["published"] or {}
    build = _current_build(lake, snapshot)
    products = {name: told for name, told in published.items() if isinstance(told, dict)}
    return {
        "partition": snapshot.key,
        "rooms": _states(reports, delivery, build),
        "persons": validated.get("persons"),
        "rows_in": raw.get("delivered"),
        "rejected": validated.get("rejected", raw.get("rejected")),
        "rows_out": validated.get("rows"),
        "mapped_percent": validated.get("mapped_percent"),
        "build": build,
        "carried_percent": _carried_percent(reports["omop"] or {}),
        "published_rows": sum(tables) if (tables := _table_rows(products)) else None,
        "published": {name: one["version"] for name, one in products.items()},
    }


def _carried_percent(omop: dict) -> float | None:
    told = omop.get("incremental", {})
    return 100 * told["carried"] / told["persons"] if told.get("persons") else None


def _table_rows(products: dict[str, dict]) -> list[int]:
    """Rows of each product that is a table: its versions are numbers."""
    return [one["rows"] for one in products.values() if isinstance(one["version"], int)]


def _states(reports: dict[str, dict | None], delivery: str | None, build: str | None) -> dict[str, str]:
    """A room is old when the delivery or the build it was made from is no longer the current one."""
    current = {room: build if room in AFTER_THE_SEAL else delivery for room in ROOMS}
    return {room: _state(report, current[room]) for room, report in reports.items()}


def _state(report: dict | None, current: str | None) -> str:
    if report is None:
        return "absent"
    if report.get("failed"):
        return "failed"
    source = report.get("delivery") or report.get("build")
    return "built" if current is None or source == current else "old"


def _current_build(lake: Lake, snapshot: Snapshot) -> str | None:
    try:
        return build_id(lake.current_build(snapshot))
    except NothingSealed:
        return None
