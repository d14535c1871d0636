"""A chart that stands alone: what it needs of the style sheet of a page, it brings."""

import base64

from thin_assets.pages.frame import style
from thin_assets.pages.markup import Html

_OPENING = "<svg "


def data_address(drawing: Html) -> str:
    """A drawing of `pages.charts` as an address that a page or a Markdown text can show: `data:image/...`."""
    return "data:image/svg+xml;base64," + base64.b64encode(alone(drawing).encode()).decode()


def alone(drawing: Html) -> str:
    """A drawing of `pages.charts` as an SVG file of its own."""
    head, _, rest = drawing.removeprefix(_OPENING).partition(">")
    return f'{_OPENING}xmlns="http://www.w3.org/2000/svg" {head}><style>{_style()}</style>{rest}'


def _style() -> str:
    """Colours by day, and the rules that are about drawings; what is for other screens comes after them."""
    by_day, _, _ = style().partition("@media")
    rules = [line for line in by_day.splitlines() if line.startswith(("svg", ":root", "--"))]
    return "\n".join([*rules, "svg{background:#fff}"])
