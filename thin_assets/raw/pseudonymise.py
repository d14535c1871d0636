"""Delivered keys become `domain.identity.key_of` their keyed pseudonym (HMAC-SHA256), a column at a time.

A key occurs many times in a file (a patient in each of her rows); a batch hashes each distinct one once.
The secret stays in this process: it reaches no SQL text, no file and no log.
One distinct key costs 1.0 us here, 1.5 us as nested sha256() in DuckDB, 1.7 us by `hmac.digest` (one core).
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from thin_assets.domain.identity import PSEUDONYM_LENGTH, SEPARATOR, KeyedHash
from thin_assets.raw.contract import Key


class Pseudonymiser:
    """Makes pseudonyms of one country under one secret."""

    def __init__(self, secret: bytes, country: str) -> None:
        self._hash = KeyedHash(secret).digest
        self._country = country

    def keys(self, key: Key, delivered: pa.Table, *, whole_row: bool = False) -> pa.Array:
        """The number of a key for every row; null where a part is null.

        whole_row    empty parts count as empty text: for tables whose rows are their own identity
        """
        encoded = self._messages(key, delivered, whole_row).dictionary_encode()
        heads = b"".join(self._hash(text)[:8] for text in encoded.dictionary.to_pylist())
        return pa.array((np.frombuffer(heads, "<u8") >> 1).astype(np.int64)).take(encoded.indices)

    def texts(self, key: Key, delivered: pa.Table) -> pa.Array:
        """The pseudonym of a key for every row; null where a part is null."""
        encoded = self._messages(key, delivered, whole_row=False).dictionary_encode()
        hashed = (self._hash(text).hex()[:PSEUDONYM_LENGTH] for text in encoded.dictionary.to_pylist())
        return pa.array(hashed, pa.string()).take(encoded.indices)

    def _messages(self, key: Key, delivered: pa.Table, whole_row: bool) -> pa.Array:
        """What is hashed: noun, country and parts, joined."""
        parts = [delivered[name].combine_chunks() for name in key.parts]
        return pc.binary_join_element_wise(
            key.noun,
            self._country,
            *parts,
            SEPARATOR,
            null_handling="replace" if whole_row else "emit_null",
            null_replacement="",
        )
