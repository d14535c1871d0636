"""Rows written so that a clinician can read them."""


def rows_of(text: str) -> list[dict[str, str | None]]:
    """Rows of a table drawn with bars; the line of dashes is optional, an empty cell is null.

    >>> rows_of("a | b \\n--+--\\n1 |   ")
    [{'a': '1', 'b': None}]
    """
    lines = [line.strip() for line in text.strip().splitlines() if line.strip() and "-+-" not in line]
    if not lines:
        return []
    header, *body = ([cell.strip() for cell in line.split("|")] for line in lines)
    return [dict(zip(header, (cell or None for cell in cells), strict=True)) for cells in body]
