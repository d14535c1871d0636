"""What commands that draw a page have in common: say where it lies, and open it where that is asked for."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

Opened = Annotated[bool, typer.Option("--open", help="Open it in the browser of this machine.")]


def tell_page(page: Path, is_opened: bool) -> None:
    """Say where a page lies; open it in the browser."""
    Console().print(f"[green]written[/] {page}", soft_wrap=True)
    if is_opened:
        typer.launch(page.resolve().as_uri())
