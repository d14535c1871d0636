"""Raw: what was delivered, typed, and without a key that leads back to a practice or a patient.

Enters    an inspected delivery and the secret behind the pseudonyms.
Leaves    one Parquet file per table of the layout (empty when not delivered), and `rejected`.
Promises  delivered = accepted + rejected for every table; every delivered key is a keyed pseudonym; the same
          delivery gives the same bytes; a rejected row is known by file, line and reason, never by a value.
"""
