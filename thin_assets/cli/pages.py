"""`thin-assets pages`: the pages of a home, served on loopback for the links from Dagster."""

from urllib.parse import urlsplit

import typer
from rich.console import Console

from thin_assets.errors import SettingsError
from thin_assets.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost")


def pages(context: typer.Context) -> None:
    """Serve the pages that assets link to, until Ctrl-C, at THIN_PAGES_ADDRESS.

    They show counts that have not been through disclosure control: this listens on loopback only.
    """
    import uvicorn

    from thin_assets.published.catalogue.draw import folder_of
    from thin_assets.resources.page_file import place_of
    from thin_assets.resources.page_server import listening, page_app

    settings: Settings = context.obj
    host, port = _address(settings.pages_address)
    app = page_app(settings.home, place_of(folder_of(settings.home) / "index.html"), list(LOOPBACK))
    with listening(host, port) as socket:
        Console(stderr=True).print(f"pages of {settings.home} at http://{host}:{port}", soft_wrap=True)
        config = uvicorn.Config(app, log_level="warning", server_header=False)
        uvicorn.Server(config).run(sockets=[socket])


def _address(address: str) -> tuple[str, int]:
    """Host and port to listen on. Raises SettingsError where they are not of this machine alone."""
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or not parts.port or parts.path:
        raise SettingsError(
            "pages are served on loopback only",
            where=f"THIN_PAGES_ADDRESS={address}",
            remedy="use an address such as http://127.0.0.1:3003; from elsewhere, through a tunnel:"
            " `ssh -L 3003:127.0.0.1:3003 machine`",
        )
    return parts.hostname, parts.port
