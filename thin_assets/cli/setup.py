"""What must stand before a run: key, instance, vocabulary."""

import os
import secrets
from pathlib import Path

from thin_assets.errors import MissingSecret, MissingVocabulary
from thin_assets.resources.lake import Lake
from thin_assets.resources.shared import working_copy
from thin_assets.resources.sharing import fetch_vocabulary, shared_run
from thin_assets.settings import Settings


def write_random_key(settings: Settings) -> None:
    """A random key file, mode 600, unless a key is there already."""
    _write_key(settings.key_file)


def write_parquet_key(settings: Settings) -> None:
    """A random key of raw where raw is to be encrypted and none is known; one that is there stays."""
    if not can_encrypt(settings):
        _write_key(settings.parquet_key_file)


def can_encrypt(settings: Settings) -> bool:
    """True when raw can be encrypted, or need not be."""
    try:
        return settings.encrypt is None or bool(settings.parquet_key())
    except MissingSecret:
        return False


def write_project_keys(settings: Settings) -> None:
    """A random key for every project that has none: files of mode 600 in a folder of mode 700."""
    for project in projects(settings):
        if not has_project_key(settings, project):
            _write_key(settings.project_key_file(project))


def projects(settings: Settings) -> list[str]:
    """Every project that rows of persons are published for."""
    from thin_assets.published.declared.product import products

    declared = products(settings.studies_folder).values()
    return sorted({product.project for product in declared if product.project})


def has_project_key(settings: Settings, project: str) -> bool:
    """True when rows can be published for a project."""
    try:
        settings.project_key(project)
    except MissingSecret:
        return False
    return True


def _write_key(path: Path) -> None:
    """A random key that is private from its first moment; one that is there stays."""
    for folder in (path.parents[1], path.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")


def has_key(settings: Settings) -> bool:
    """True when patients can be pseudonymised."""
    try:
        settings.pseudonym_key()
    except MissingSecret:
        return False
    return True


def load_vocabulary(settings: Settings) -> None:
    """Materialise the vocabulary room in this process, on the home's instance."""
    from thin_assets.definitions import build_definitions
    from thin_assets.instance.config import QUIET, open_instance
    from thin_assets.instance.launcher import this_process

    definitions = build_definitions(settings)
    with shared_run(settings.home, None, ["vocabulary"]), open_instance(settings) as instance:
        job = definitions.resolve_job_def("load_vocabulary")
        job.execute_in_process(instance=instance, run_config=QUIET, tags=this_process())


def has_vocabulary(settings: Settings) -> bool:
    """True when a vocabulary is loaded into the lake."""
    try:
        return Lake(home=str(settings.home)).vocabulary().is_dir()
    except MissingVocabulary:
        return False


def fetch_shared_vocabulary(settings: Settings) -> bool:
    """Bring the vocabulary that homes have in use; False where they share none.

    A machine that names no bundle of its own must not change the vocabulary of the others.
    """
    copy = working_copy(settings.home)
    if copy is not None:
        fetch_vocabulary(copy)
    return copy is not None and has_vocabulary(settings)


def ensure_ready(settings: Settings) -> None:
    """Fail early without the keys; load the vocabulary when none is loaded. Raises MissingSecret."""
    from thin_assets.instance.config import prepare_instance

    settings.pseudonym_key()
    for project in projects(settings):
        settings.project_key(project)
    if settings.encrypt:
        settings.parquet_key()
    prepare_instance(settings)
    if not fetch_shared_vocabulary(settings) and not has_vocabulary(settings):
        load_vocabulary(settings)
