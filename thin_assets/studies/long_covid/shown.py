"""What of exact counts may be looked at: few are kept back, and so is what would tell them."""

from collections.abc import Mapping

from thin_assets.domain.disclosure import hidden_parts
from thin_assets.pages import figures
from thin_assets.pages.figures import NOTHING, is_few


def parts(counts: Mapping[str, int]) -> dict[str, str]:
    """Counts that add up to a number that is shown: those that are few are hidden with what would tell them.

    >>> parts({"a": 50, "b": 4, "c": 20})
    {'a': '50', 'b': '<10', 'c': '–'}
    >>> parts({"a": 50, "b": 1, "c": 1, "d": 20})
    {'a': '50', 'b': '<10', 'c': '<10', 'd': '–'}
    """
    few = {name for name, count in counts.items() if is_few(count)}
    hidden = hidden_parts(counts, few)
    return {name: NOTHING if name in hidden - few else figures.count(count) for name, count in counts.items()}


def of_whole(part: int, whole: int) -> str:
    """A count with its share of a whole; kept back where it, or what it leaves of the whole, are few.

    >>> of_whole(50, 200), of_whole(195, 200), of_whole(3, 200), of_whole(200, 200)
    ('50 (25.0 %)', '–', '<10', '200 (100.0 %)')
    """
    if is_few(whole - part):
        return NOTHING
    share = figures.percent(part, whole)
    return figures.count(part) if share == NOTHING else f"{figures.count(part)} ({share})"


def both(coded: int, whole: int) -> tuple[str, str]:
    """Persons by codes alone, and by codes and text; few who differ are not told.

    >>> both(20, 80), both(20, 24), both(4, 80), both(0, 0)
    (('20', '80'), ('–', '24'), ('<10', '80'), ('0', '0'))
    """
    return (NOTHING if is_few(abs(whole - coded)) else figures.count(coded)), figures.count(whole)


def share_in_text(coded_only: int, together: int, text_only: int) -> float | None:
    """Share of records that only a text says, of those that are shown; None where codes or texts are few.

    >>> share_in_text(20, 3, 80), share_in_text(20, 0, 4), share_in_text(0, 0, 0)
    (0.8, None, None)
    """
    if is_few(coded_only) or is_few(text_only):
        return None
    whole = coded_only + text_only + (0 if is_few(together) else together)
    return text_only / whole if whole else None
