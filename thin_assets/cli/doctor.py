"""`thin-assets doctor`: is this machine and this home fit to run?"""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from thin_assets.cli.setup import (
    can_encrypt,
    fetch_shared_vocabulary,
    has_key,
    has_project_key,
    has_vocabulary,
    load_vocabulary,
    projects,
    write_parquet_key,
    write_project_keys,
    write_random_key,
)
from thin_assets.domain.zones import PRIVATE_FOLDERS
from thin_assets.errors import SettingsError, StoreUnreachable
from thin_assets.published.declared.product import products
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.orphans import orphans
from thin_assets.resources.alone import held
from thin_assets.resources.leftovers import all_leftovers, remove
from thin_assets.resources.modes import is_private
from thin_assets.resources.store import Store, keeps_its_word, shared_store
from thin_assets.settings import DEMO_VOCABULARY, Settings

_FREE_GB = 2
_OF_A_STORE = (
    "it must answer with the endpoint, keys and bucket of the settings, and know If-Match and If-None-Match; "
    "see docs/how-to/keep-the-lake-in-an-object-store.md"
)


def doctor(
    context: typer.Context,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Write keys and the instance, load the vocabulary, clear away leftovers."),
    ] = False,
) -> None:
    """Check Python, disk, key, instance and vocabulary; with --fix, mend what can be mended."""
    settings: Settings = context.obj
    if fix:
        mend(settings)
    console = Console()
    failed = 0
    for name, holds, remedy in _examine(settings):
        console.print(
            f"{'[green]ok  [/]' if holds else '[red]no  [/]'} {name}"
            + ("" if holds else f"  [dim]{remedy}[/]")
        )
        failed += not holds
    if failed:
        raise SettingsError(
            f"{failed} of the checks failed", where=str(settings.home), remedy="see the lines above"
        )


def mend(settings: Settings) -> None:
    """Make the home fit: keys, instance, dbt manifest, vocabulary; what is there already stays."""
    from thin_assets.instance.config import prepare_instance
    from thin_assets.instance.storage import require_reachable
    from thin_assets.resources.dbt import prepare_manifest

    require_reachable(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    if not has_key(settings):
        write_random_key(settings)
    write_project_keys(settings)
    write_parquet_key(settings)
    prepare_instance(settings)
    prepare_manifest()
    if settings.vocabulary != DEMO_VOCABULARY.resolve() or not fetch_shared_vocabulary(settings):
        load_vocabulary(settings)
    for folder in _too_open(settings):
        folder.chmod(0o700)
    remove(_left_behind(settings))


def _examine(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    from thin_assets.instance import storage

    mend = "run `thin-assets doctor --fix`"
    checks: list[tuple[str, Callable[[], bool], str]] = [
        ("Python 3.11 or 3.12", lambda: (3, 11) <= sys.version_info < (3, 13), "install Python 3.11"),
        ("home folder exists", settings.home.is_dir, mend),
        (f"{_FREE_GB} GB of disk are free", lambda: _free_gb(settings) >= _FREE_GB, "free some disk"),
        ("a key to pseudonymise with", lambda: has_key(settings), mend),
        ("key file is for its owner only", lambda: _is_private(settings), f"chmod 600 {settings.key_file}"),
        (
            "what is restricted is for its owner only",
            lambda: not _too_open(settings),
            f"chmod 700 {' '.join(map(str, _too_open(settings)))}, or {mend}",
        ),
        (
            "a key for every project",
            lambda: all(has_project_key(settings, project) for project in projects(settings)),
            mend,
        ),
        ("a key for raw, where it is encrypted", lambda: can_encrypt(settings), mend),
        ("Dagster instance", (settings.dagster_home / "dagster.yaml").is_file, mend),
        (
            "instance's PostgreSQL answers, where there is one",
            lambda: storage.is_reachable(settings),
            storage.REMEDY,
        ),
        ("vocabulary bundle", settings.vocabulary.is_dir, "set THIN_VOCABULARY to an Athena download"),
        ("vocabulary loaded", lambda: has_vocabulary(settings), mend),
        ("nothing is left of runs that were stopped", lambda: not _left_behind(settings), mend),
        *_of_the_store(settings),
        *_of_the_workers(settings),
    ]
    for name, check, remedy in checks:
        yield name, check(), remedy


def _of_the_store(settings: Settings) -> list[tuple[str, Callable[[], bool], str]]:
    """Of homes that share a store: it answers, and lets only one of two writers through."""
    store = shared_store()
    if store is None:
        return []
    remedy = f"{store.address}: {_OF_A_STORE}"
    return [("the store refuses the second of two writers", lambda: _keeps_its_word(store), remedy)]


def _of_the_workers(settings: Settings) -> list[tuple[str, Callable[[], bool], str]]:
    """Where runs are for workers: Redis answers. Whether workers do is no fault of this machine."""
    if settings.launcher == "warm":
        return []
    from thin_assets.instance.broker import REMEDY, is_reachable

    return [("Redis of the workers answers", lambda: is_reachable(settings), REMEDY)]


def _keeps_its_word(store: Store) -> bool:
    try:
        return keeps_its_word(store)
    except StoreUnreachable:
        return False


def _left_behind(settings: Settings) -> list[Path]:
    """What runs that were stopped left unfinished; nothing is said of it while any run is at work."""
    return [] if held(settings.home) else [*all_leftovers(settings.home), *_orphans(settings)]


def _orphans(settings: Settings) -> list[Path]:
    """Files of published tables that no commit names."""
    shelves = (Shelf(settings.home, product) for product in products(settings.studies_folder).values())
    return [file for shelf in shelves if shelf.product.columns for file in orphans(shelf.table)]


def _free_gb(settings: Settings) -> float:
    folder = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    return shutil.disk_usage(folder).free / 1e9


def _is_private(settings: Settings) -> bool:
    keys = [settings.key_file, settings.parquet_key_file, settings.project_keys]
    return all(map(is_private, [*keys, *settings.project_keys.glob("*.key")]))


def _too_open(settings: Settings) -> list[Path]:
    """Folders of the restricted zone that others may look into."""
    return [path for name in PRIVATE_FOLDERS if not is_private(path := settings.home / name)]
