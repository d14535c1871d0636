"""The operations page: one static file, drawn from facts, for whoever looks after the platform."""

from thin_assets.operations.page.draw import draw_page

__all__ = ["draw_page"]
