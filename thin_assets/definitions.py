"""The house assembled: rooms, jobs, schedules, sensors and the resources they are given.

Belongs here: putting together. Does not belong here: any rule, any path, any reading of data.
"""

import dagster as dg

from thin_assets.automation import versioned
from thin_assets.cohorts.assets import cohort_assets
from thin_assets.column_lineage import with_column_lineage
from thin_assets.evidence.assets import ASSETS as EVIDENCE
from thin_assets.features.assets import ASSETS as FEATURES
from thin_assets.instance.executor import executor_of
from thin_assets.instance.measured import wait_asleep
from thin_assets.jobs import JOBS
from thin_assets.landing.assets import ASSETS as LANDING
from thin_assets.landing.calendar_assets import ASSETS as CALENDAR
from thin_assets.omop.assets import ASSETS as OMOP
from thin_assets.operations.assets import ASSETS as OPERATIONS
from thin_assets.published.assets import published_assets
from thin_assets.published.catalogue_assets import catalogue_asset
from thin_assets.published.declared.product import products
from thin_assets.published.month_assets import month_release_asset
from thin_assets.raw.assets import ASSETS as RAW
from thin_assets.resources.calendar import Calendar
from thin_assets.resources.dbt import Dbt
from thin_assets.resources.engine_choice import engines_told
from thin_assets.resources.fixed import fixed
from thin_assets.resources.intake import Intake
from thin_assets.resources.lake import Lake
from thin_assets.resources.modes import keep_private
from thin_assets.resources.vocabulary import VocabularyBundle
from thin_assets.resources.warehouse import Warehouse
from thin_assets.schedules import SCHEDULES
from thin_assets.sensors import SENSORS
from thin_assets.sensors.alerts import alert_sensor
from thin_assets.sensors.lineage import lineage_sensor
from thin_assets.settings import Settings
from thin_assets.studies.assets import ASSETS as STUDIES
from thin_assets.studies.prescribing_across_assets import ASSETS as PRESCRIBING_ACROSS
from thin_assets.studies.registered import studies
from thin_assets.studies.risk_assets import ASSETS as RISKS
from thin_assets.studies.risk_month_assets import ASSETS as RISKS_OF_A_MONTH
from thin_assets.studies.risk_score_assets import ASSETS as RISK_SCORES
from thin_assets.studies.scan_across_assets import ASSETS as ACROSS
from thin_assets.studies.scan_assets import ASSETS as SCANS
from thin_assets.studies.study_assets import study_assets
from thin_assets.text.assets import ASSETS as TEXT
from thin_assets.validated.assets import ASSETS as VALIDATED
from thin_assets.vocabulary.assets import ASSETS as VOCABULARY


def build_resources(settings: Settings) -> dict:
    """What the rooms are given, from the settings of one home."""
    home = str(settings.home)
    return {
        "lake": Lake(home=home),
        "warehouse": Warehouse.of(settings),
        "intake": Intake(
            home=home,
            max_rejected_share=settings.max_rejected_share,
            text_bundles=str(settings.text_bundles) if settings.text_bundles else None,
        ),
        "dbt": Dbt(
            memory_limit=settings.memory_limit,
            spill=str(settings.spill),
            is_incremental=settings.incremental,
            **engines_told(settings),
        ),
        "calendar": Calendar(due=str(settings.due_file), release_day=settings.release_day),
        "bundle": VocabularyBundle(folder=str(settings.vocabulary), maps=str(settings.maps_folder)),
    }


def build_definitions(settings: Settings) -> dg.Definitions:
    """Everything Dagster knows about one home."""
    return dg.Definitions(
        assets=with_column_lineage(versioned(build_assets(settings)), products(settings.studies_folder)),
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=[*SENSORS, alert_sensor(settings), lineage_sensor(settings)],
        resources=fixed(build_resources(settings)),
        executor=executor_of(settings),
    )


def build_assets(settings: Settings) -> list[dg.AssetsDefinition | dg.SourceAsset]:
    """The assets of every room."""
    return [
        *(*LANDING, *CALENDAR, *RAW, *TEXT, *VOCABULARY, *OMOP, *VALIDATED, *EVIDENCE),
        *cohort_assets(settings.cohorts_folder, settings.plans_folder),
        *(*FEATURES, *STUDIES, *SCANS, *ACROSS, *RISKS, *RISK_SCORES, *RISKS_OF_A_MONTH),
        *PRESCRIBING_ACROSS,
        *(study_assets(study) for study in studies(settings.studies_folder)),
        *(*published_assets(settings.studies_folder), catalogue_asset(settings.studies_folder)),
        month_release_asset(settings.studies_folder),
        *OPERATIONS,
    ]


keep_private()  # every process of Dagster that serves a home begins here
wait_asleep()
defs = build_definitions(Settings.load())
