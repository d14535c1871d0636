"""A full disk said plainly, whichever library met it: each has its own error for it, with the same words."""

import errno
from types import TracebackType
from typing import Self

from thin_assets.errors import DiskFull

_NUMBERS = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_WORDS = ("No space left on device", "File too large", "Disk quota exceeded")

REMEDY = (
    "free some of the disk, or raise the quota, and run the partition again; what stood before still stands"
)


def words_of(text: str) -> str | None:
    """What the system says of a full disk, where a text has it."""
    return next((words for words in _WORDS if words in text), None)


class NamingFullDisk:
    """A block in which a full disk is raised as DiskFull; every other error passes.

    where    what was written: a folder, never a value
    The error of the library is left out: that of an engine may quote a row.
    """

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, DiskFull):
            return
        words = words_of(str(error))
        if words or (isinstance(error, OSError) and error.errno in _NUMBERS):
            raise DiskFull(
                f"cannot write: {words or 'the disk is full'}", where=self._where, remedy=REMEDY
            ) from None
