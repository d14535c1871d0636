"""What a resource that computes is told of engines: which of them a country has, and how Spark is reached."""

from pathlib import Path

import dagster as dg

from thin_assets.domain.engines import DUCKDB, SPARK, engine_of
from thin_assets.resources.spark import SparkSettings
from thin_assets.settings import Settings


class EngineChoice(dg.ConfigurableResource):
    """Base of such a resource.

    engine    as `THIN_ENGINE`; those beginning with `spark_` likewise
    """

    engine: str = DUCKDB
    spark_master: str = "local[2]"
    spark_memory: str = "2g"
    spark_options: str | None = None

    def is_on_spark(self, country: str) -> bool:
        """Whether Spark computes a country."""
        return engine_of(self.engine, country) == SPARK

    def spark_with(self, scratch: Path) -> SparkSettings:
        """How Spark is reached by a step with a folder of its own."""
        return SparkSettings(
            master=self.spark_master,
            memory=self.spark_memory,
            options=Path(self.spark_options) if self.spark_options else None,
            scratch=scratch,
        )


def engines_told(settings: Settings) -> dict[str, str | None]:
    """The fields of `EngineChoice`, from the settings of a home."""
    return {
        "engine": settings.engine,
        "spark_master": settings.spark_master,
        "spark_memory": settings.spark_memory,
        "spark_options": str(settings.spark_options) if settings.spark_options else None,
    }
