"""Who is who: keyed pseudonyms for delivered keys, and ids that are the same in SQL and in Python.

The SQL twins are `dbt_project/macros/stable_id.sql` and `thin_assets/raw/pseudonymise.py`;
`tests/property/test_identity_agrees.py` holds them to these definitions.
"""

import hashlib
import hmac

SEPARATOR = "\x1f"
"""Joins the parts of a key: a control character that no delivered code contains."""

PSEUDONYM_LENGTH = 32
"""Hex characters kept of the HMAC: 128 bits, and short enough for a CDM varchar(50)."""


def stable_id(*parts: str | int) -> int:
    """A 63-bit id from a natural key: the same in every snapshot, on every machine, in SQL and Python.

    The first 8 bytes of the MD5 of the joined parts, read little-endian as DuckDB does, shifted right by one
    so that it fits a signed BIGINT.
    Raises ValueError on a null part, because a skipped null would make two keys one.
    >>> stable_id("GB", "person", "ab12")
    7831196209413911590
    """
    if any(part is None for part in parts):
        raise ValueError("a stable id takes no null part")
    digest = hashlib.md5(SEPARATOR.join(map(str, parts)).encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def pseudonym(secret: bytes, *parts: str) -> str:
    """The keyed pseudonym (HMAC-SHA256, 128 bits in hex) of a delivered key: country, practice, patient."""
    message = SEPARATOR.join(parts).encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:PSEUDONYM_LENGTH]
