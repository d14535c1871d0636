"""How a delivered text becomes a typed value, in DuckDB's SQL, one expression per type.

Each `read_*` gives an expression that is null where the text is null or cannot be read; the callers tell the
two apart. Nothing is rounded or guessed: `1.5` is no integer, `31/12/2023` is no THIN date.
"""

CHILD_MONTHS = 15 * 12
"""From this age on, only the year of birth may be delivered."""


def read_date(text: str) -> str:
    """YYYYMMDD from the year 1000 on; an unknown day or month is written 00 and becomes the first."""
    whole = (
        f"case when substr({text}, 5) = '0000' then left({text}, 4) || '0101' "
        f"when right({text}, 2) = '00' then left({text}, 6) || '01' else {text} end"
    )
    digits = f"regexp_full_match({text}, '[1-9][0-9]{{7}}')"
    return f"case when {digits} then try_strptime({whole}, '%Y%m%d')::date end"


def is_partial_date(text: str) -> str:
    """Whether day, or day and month, are written 00."""
    return f"coalesce(right({text}, 2) = '00', false)"


def read_integer(text: str) -> str:
    """Digits with an optional sign, within 64 bits."""
    return f"case when regexp_full_match({text}, '[+-]?[0-9]+') then try_cast({text} as bigint) end"


def read_decimal(text: str) -> str:
    """A decimal number with a point; infinity and nan are no numbers."""
    pattern = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
    number = f"try_cast({text} as double)"
    return f"case when regexp_full_match({text}, '{pattern}') and isfinite({number}) then {number} end"


def is_birth_too_precise(text: str, collected: str) -> str:
    """Whether a readable birth date tells a day, or the month of somebody who was 15 or older.

    collected    expression: the day on which the practice's records were last collected
    """
    born = f"left({text}, 4)::integer * 12 + substr({text}, 5, 2)::integer"
    months = f"year({collected}) * 12 + month({collected}) - ({born})"
    with_month = f"substr({text}, 5, 2) <> '00'"
    return f"right({text}, 2) <> '00' or ({with_month} and {months} >= {CHILD_MONTHS})"


_ISO = "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}([ T].*)?"


def read_cdm_date(text: str) -> str:
    """ISO 8601, or YYYYMMDD; the time that some write after a date is left off."""
    iso = f"when regexp_full_match({text}, '{_ISO}') then try_cast(left({text}, 10) as date)"
    compact = f"when regexp_full_match({text}, '[1-9][0-9]{{7}}') then try_strptime({text}, '%Y%m%d')::date"
    return f"case {iso} {compact} end"


def read_cdm_datetime(text: str) -> str:
    """ISO 8601; a date alone is its midnight; an offset is left off: the clock on the wall counts."""
    return f"case when regexp_full_match({text}, '{_ISO}') then try_cast({text} as timestamp) end"


def read_cdm_integer(text: str, kind: str = "bigint") -> str:
    """Digits, also as programs write whole numbers that were decimals: `8507.0`."""
    digits = f"regexp_replace({text}, '\\.0*$', '')"
    return f"case when regexp_full_match({text}, '[+-]?[0-9]+(\\.0*)?') then try_cast({digits} as {kind}) end"
