"""Numbers as people read them, small ones kept back."""

import datetime as dt

from thin_assets.domain.disclosure import SMALLEST_SHOWN

FEW = f"<{SMALLEST_SHOWN}"
"""What stands for a count of persons or records from 1 to 9."""

NOTHING = "–"
"""What stands where there is no number."""

MINUS = "−"


def is_few(count: int | None) -> bool:
    """Whether a count is so small that it is not shown; a zero is shown.

    >>> [is_few(count) for count in (0, 1, 9, 10, None)]
    [False, True, True, False, False]
    """
    return count is not None and 0 < count < SMALLEST_SHOWN


def count(value: int | None) -> str:
    """A count of persons or records.

    >>> count(1234), count(4), count(0), count(None)
    ('1,234', '<10', '0', '–')
    """
    if value is None:
        return NOTHING
    return FEW if is_few(value) else f"{value:,}"


def number(value: float | None, decimals: int = 0) -> str:
    """A number that is no count of persons: years, days, a rate, a measured value.

    >>> number(1234.5, 1), number(-2.0), number(None)
    ('1,234.5', '−2', '–')
    """
    if value is None:
        return NOTHING
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def measured(value: float | None) -> str:
    """A measured value with three significant digits, and no fewer digits than its whole part has.

    >>> [measured(value) for value in (0.04567, 5.5, 140.0, 12345.6)]
    ['0.0457', '5.5', '140', '12,346']
    """
    if value is None:
        return NOTHING
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", MINUS)


def percent(part: int | None, whole: int | None, decimals: int = 1) -> str:
    """A share of a count; kept back where the part is small, for it gives the part away.

    >>> percent(50, 200), percent(3, 200), percent(0, 200), percent(1, 0)
    ('25.0 %', '–', '0.0 %', '–')
    """
    if part is None or not whole or is_few(part) or is_few(whole):
        return NOTHING
    return f"{100 * part / whole:.{decimals}f} %"


def per_thousand(part: int | None, persons: int | None) -> str:
    """A count for each 1,000 persons; kept back where it rests on few.

    >>> per_thousand(30, 2000), per_thousand(3, 2000)
    ('15.0', '–')
    """
    if part is None or not persons or is_few(part) or is_few(persons):
        return NOTHING
    rate = 1000 * part / persons
    return f"{rate:,.1f}" if rate < 100 else f"{rate:,.0f}"


def change(now: float | None, before: float | None) -> str:
    """Growth since before, in percent; kept back where either is a small count.

    >>> change(110, 100), change(90, 100), change(100, 100), change(12, 5), change(5, None)
    ('+10.0 %', '−10.0 %', '±0.0 %', '–', '–')
    """
    if now is None or not before or is_few(now) or is_few(before):
        return NOTHING
    grown = round(100 * (now / before - 1), 1)
    sign = "+" if grown > 0 else (MINUS if grown < 0 else "±")
    return f"{sign}{abs(grown):,.1f} %"


def month(day: dt.date) -> str:
    """A month in words.

    >>> month(dt.date(2024, 3, 1))
    'March 2024'
    """
    return f"{_MONTHS[day.month - 1]} {day.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
