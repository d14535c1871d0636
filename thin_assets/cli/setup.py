"""What must stand before a run: key, instance, vocabulary."""

import secrets

from thin_assets.errors import MissingSecret, MissingVocabulary
from thin_assets.resources.lake import Lake
from thin_assets.resources.warehouse import Warehouse
from thin_assets.settings import Settings


def write_random_key(settings: Settings) -> None:
    """A random key file, mode 600, unless a key is there already."""
    path = settings.key_file
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32) + "\n", encoding="ascii")


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
    from thin_assets.instance import QUIET, open_instance

    definitions = build_definitions(settings)
    with open_instance(settings) as instance:
        job = definitions.resolve_job_def("load_vocabulary")
        job.execute_in_process(instance=instance, run_config=QUIET)


def has_vocabulary(settings: Settings) -> bool:
    """True when a vocabulary is loaded into the lake."""
    try:
        return Lake(home=str(settings.home)).vocabulary().is_dir()
    except MissingVocabulary:
        return False


def ensure_ready(settings: Settings) -> None:
    """Fail early without a key; load the vocabulary when none is loaded. Raises MissingSecret."""
    from thin_assets.instance import prepare_instance

    settings.pseudonym_key()
    prepare_instance(settings)
    if not has_vocabulary(settings):
        load_vocabulary(settings)


def warehouse_of(settings: Settings) -> Warehouse:
    """The DuckDB of a command, within the limits of the settings."""
    return Warehouse(memory_limit=settings.memory_limit, threads=settings.threads, spill=str(settings.spill))
