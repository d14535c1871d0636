"""The pages of a home on loopback, since no browser follows a link from Dagster to a file.

Belongs here: which files may be asked for: pages and what they are drawn with, of the lake and of the
published zone. Does not belong here: tables, records, keys, and lists of what there is.
"""

import os
import socket
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from thin_assets.errors import SettingsError
from thin_assets.resources.page_file import SERVED

SHOWN = frozenset((".html", ".css", ".js", ".svg", ".png"))
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What a page may load: only what lies beside it, or in it."""


class _Pages(StaticFiles):
    """Files of a folder that people look at; whatever else lies there is not found."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """As its parent, which refuses what leads out of the folder; and no table, and nothing hidden."""
        parts = Path(path).parts
        hidden = any(part.startswith((".", "_")) for part in parts)
        if hidden or Path(path).suffix not in SHOWN:
            return "", None
        return super().lookup_path(path)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A page is read anew each time it is opened, and loads nothing from elsewhere."""
        response = await super().get_response(path, scope)
        response.headers.update({"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"})
        response.headers["Cache-Control"] = "no-cache"
        return response


def page_app(home: Path, front: str, hosts: list[str]) -> Starlette:
    """The application that answers with pages of a home.

    front    where `/` leads: the place of a page below the home
    hosts    names by which it may be asked: a page of another site has another
    """

    async def to_front(_: Request) -> Response:
        return RedirectResponse(f"/{front}")

    return Starlette(
        routes=[
            Route("/", to_front),
            *(Mount(f"/{name}", _Pages(directory=home / name, check_dir=False)) for name in SERVED),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)],
    )


def listening(host: str, port: int) -> socket.socket:
    """A socket that takes requests. Raises SettingsError where the port is taken or the host not ours."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise SettingsError(
            f"cannot listen: {error.strerror}",
            where=f"{host}:{port}",
            remedy="choose another port in THIN_PAGES_ADDRESS; links from earlier runs keep the old one",
        ) from error
