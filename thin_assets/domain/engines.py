"""Which engine computes a country: DuckDB on one machine, or Spark on many."""

from typing import Literal, get_args

from thin_assets.domain.countries import COUNTRIES

Engine = Literal["duckdb", "spark"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
DUCKDB, SPARK = ENGINES
DEFAULT = "default"


def engines_of(told: str) -> dict[str, Engine]:
    """Engines by country, and under `default` that of the countries that are not named.

    told    `spark` for all countries, or `default=duckdb,GB=spark`; without a default it is DuckDB
    Raises ValueError, naming what is neither a country nor an engine, or what is named twice.
    >>> engines_of("GB=spark")
    {'default': 'duckdb', 'GB': 'spark'}
    """
    pairs = [part.strip().rpartition("=") for part in told.split(",")]
    named = [(country.strip() or DEFAULT, engine.strip()) for country, _, engine in pairs]
    for country, engine in named:
        if country not in (DEFAULT, *COUNTRIES) or engine not in ENGINES:
            raise ValueError(
                f"`{country}={engine}`: countries are {', '.join(COUNTRIES)} or default, "
                f"engines {' or '.join(ENGINES)}"
            )
    if len(dict(named)) < len(named):
        raise ValueError("a country has one engine")
    return {DEFAULT: DUCKDB} | dict(named)


def engine_of(told: str, country: str) -> Engine:
    """The engine of a country, from the setting `THIN_ENGINE`; raises as `engines_of` does.

    >>> engine_of("default=duckdb,GB=spark", "FR")
    'duckdb'
    """
    engines = engines_of(told)
    return engines.get(country, engines[DEFAULT])
