"""Who is who: keyed pseudonyms for delivered keys, and ids that are the same in SQL and in Python.

A delivered key is hashed once, in raw. What a CDM row is about is known by such a key alone, or by a key with
a concept or a day; its id is then made of numbers, without another hash:

    person_id, provider_id, care_site_id, visit_detail_id    the key itself
    event ids                                                key of the record, concept
    visit_occurrence_id, observation_period_id               key of the person, day
    condition_era_id, drug_era_id                            key of the person, concept, day

The SQL twins are `dbt_project/macros/identity.sql` and `thin_assets/raw/pseudonymise.py`;
`tests/property/test_identity_agrees.py` holds them to these definitions.
"""

import datetime as dt
import hashlib
import hmac

SEPARATOR = "\x1f"
"""Joins the parts of a key: a control character that no delivered code contains."""

PSEUDONYM_LENGTH = 32
"""Hex characters kept of the HMAC: 128 bits, and short enough for a CDM varchar(50)."""

DAY_BITS = 22
"""Room for the ordinal of every day of the years 1 to 9999; a concept stands above it."""


class KeyedHash:
    """HMAC-SHA256 of many short texts under one key: the two halves of the key are hashed once.

    The key stays in this object: it is no part of its words, and of no error.
    """

    def __init__(self, secret: bytes) -> None:
        block = hashlib.sha256().block_size
        key = secret if len(secret) <= block else hashlib.sha256(secret).digest()
        padded = key.ljust(block, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def digest(self, text: str) -> bytes:
        """The 32 bytes of the HMAC of a text."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.digest()


def pseudonym(secret: bytes, *parts: str) -> str:
    """The keyed pseudonym (HMAC-SHA256, 128 bits in hex) of a noun, the country and a delivered key."""
    message = SEPARATOR.join(parts).encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:PSEUDONYM_LENGTH]


def key_of(pseudonym: str) -> int:
    """The 63-bit number of a pseudonym: its first 8 bytes, little-endian, without the lowest bit.

    >>> key_of("0300000000000000ffffffffffffffff")
    1
    """
    return int.from_bytes(bytes.fromhex(pseudonym[:16]), "little") >> 1


def derived_id(key: int, concept: int = 0, day: dt.date | None = None) -> int:
    """The id of what a key, a concept and a day identify together: the key with both laid over it by XOR.

    Two rows of one key never meet, for concept and day have bits of their own. Two rows of different keys
    meet as rarely as two random numbers of 63 bits, for a key is a keyed hash.
    Raises ValueError on a null part.
    >>> derived_id(5, day=dt.date(1, 1, 1)), derived_id(0, concept=1)
    (4, 4194304)
    """
    if key is None or concept is None:
        raise ValueError("an id takes no null part")
    return key ^ (concept << DAY_BITS | (day.toordinal() if day else 0))


def stable_id(*parts: str | int) -> int:
    """A 63-bit id of what only words identify, such as a region: the same on every machine, in SQL too.

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
