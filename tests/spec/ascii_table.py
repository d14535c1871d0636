"""Tables written so that a clinician can read them."""

Row = dict[str, str | None]


def rows_of(text: str) -> list[Row]:
    """Rows of a table drawn with bars; the line of dashes is optional, an empty cell is null.

    >>> rows_of("a | b \\n--+--\\n1 |   ")
    [{'a': '1', 'b': None}]
    """
    lines = [line.strip() for line in text.strip().splitlines() if line.strip() and not _is_rule(line)]
    if not lines:
        return []
    header, *body = ([cell.strip() for cell in line.split("|")] for line in lines)
    return [dict(zip(header, (cell or None for cell in cells), strict=True)) for cells in body]


def columns_of(text: str) -> list[str]:
    """Names at the head of a table, also of one without rows."""
    return [cell.strip() for cell in text.strip().split("\n")[0].split("|")] if text.strip() else []


def drawn(columns: list[str], rows: list[tuple[str, ...]]) -> str:
    """The table as text, for a message that shows what is and what should be.

    >>> print(drawn(["a", "bc"], [("1", "")]))
    a | bc
    --+---
    1 |
    """
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    head = " | ".join(name.ljust(width) for name, width in zip(columns, widths, strict=True))
    return "\n".join(line.rstrip() for line in [head, "-+-".join("-" * width for width in widths), *lines])


def _is_rule(line: str) -> bool:
    return set(line.strip()) <= set("-+")
