"""What the reports in the lake say about every partition, put together for people and for programs."""

from thin_assets.domain.countries import COUNTRIES
from thin_assets.domain.rooms import AFTER_THE_SEAL, ROOMS
from thin_assets.domain.snapshot import Snapshot
from thin_assets.errors import NothingSealed
from thin_assets.landing.arrivals import complete_deliveries
from thin_assets.resources.lake import Lake, build_id
from thin_assets.settings import Settings


def survey(settings: Settings) -> list[dict]:
    """A row per partition that was delivered or built, oldest month first.

    rooms       state of each room: built, old (made from something since replaced), failed, absent
    rows_in     delivered rows; rows_out rows of the sealed CDM; null before the room was built
    build       sealed build that readers see, or null
    published   version of each product; published_rows of their tables together
    """
    lake = Lake(home=str(settings.home))
    arrived = complete_deliveries(lake.deliveries)
    snapshots = sorted({*arrived, *_reported(lake)}, key=lambda snapshot: (snapshot.month, snapshot.country))
    return [_row(lake, snapshot, arrived.get(snapshot)) for snapshot in snapshots]


def _reported(lake: Lake) -> list[Snapshot]:
    folders = (lake.root / "reports").glob("country=*/snapshot=*")
    pairs = ((folder.parent.name.partition("=")[2], folder.name.partition("=")[2]) for folder in folders)
    return [Snapshot.named(country, month) for country, month in pairs if country in COUNTRIES]


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
        "published_rows": sum(tables) if (tables := _table_rows(products)) else None,
        "published": {name: one["version"] for name, one in products.items()},
    }


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
