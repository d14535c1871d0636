"""A delivery stays as it was inspected while it is read; one that was replaced meanwhile is told as such."""

from types import TracebackType
from typing import Self

from thin_assets.errors import DiskFull, WrongDelivery
from thin_assets.landing.contract import Inspection


class Unchanged:
    """A block in which deliveries are read. Raises WrongDelivery at its end when their bytes were replaced.

    So it does in place of whatever error the other bytes led to: a file that is gone, a row too many. Every
    file is looked through once more: a file swapped for one with as many rows is found in no other way.
    """

    def __init__(self, *read: Inspection | None) -> None:
        self._read = [one for one in read if one is not None]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, DiskFull) or not isinstance(error, Exception | None):
            return
        for inspection in self._read:
            changed = inspection.changed_files()
            if changed:
                more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
                raise WrongDelivery(
                    f"the delivery was replaced while it was read: {changed[0]}{more}",
                    where=inspection.where(changed[0]),
                    remedy=f"nothing of it was kept; once it lies there whole, run {inspection.snapshot.key} "
                    "again from landing/inspection on",
                ) from None
