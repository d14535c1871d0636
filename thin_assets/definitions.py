"""The house assembled: rooms, jobs, schedules, sensors and the resources they are given.

Belongs here: putting together. Does not belong here: any rule, any path, any reading of data.
"""

import dagster as dg

from thin_assets.cohorts.assets import cohort_assets
from thin_assets.evidence.assets import ASSETS as EVIDENCE
from thin_assets.features.assets import ASSETS as FEATURES
from thin_assets.jobs import JOBS
from thin_assets.landing.assets import ASSETS as LANDING
from thin_assets.omop.assets import ASSETS as OMOP
from thin_assets.published.assets import published_assets
from thin_assets.published.catalogue_assets import catalogue_asset
from thin_assets.raw.assets import ASSETS as RAW
from thin_assets.resources.dbt import Dbt
from thin_assets.resources.event_log import write_events_without_waiting
from thin_assets.resources.intake import Intake
from thin_assets.resources.lake import Lake
from thin_assets.resources.modes import keep_private
from thin_assets.resources.vocabulary import VocabularyBundle
from thin_assets.resources.warehouse import Warehouse
from thin_assets.schedules import SCHEDULES
from thin_assets.sensors import SENSORS
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
        "warehouse": Warehouse(
            memory_limit=settings.memory_limit, threads=settings.threads, spill=str(settings.spill)
        ),
        "intake": Intake(
            home=home,
            max_rejected_share=settings.max_rejected_share,
            text_bundles=str(settings.text_bundles) if settings.text_bundles else None,
        ),
        "dbt": Dbt(memory_limit=settings.memory_limit, spill=str(settings.spill)),
        "bundle": VocabularyBundle(folder=str(settings.vocabulary), maps=str(settings.maps_folder)),
    }


def build_definitions(settings: Settings) -> dg.Definitions:
    """Everything Dagster knows about one home."""
    return dg.Definitions(
        assets=[
            *(*LANDING, *RAW, *TEXT, *VOCABULARY, *OMOP, *VALIDATED, *EVIDENCE),
            *cohort_assets(settings.cohorts_folder, settings.plans_folder),
            *(*FEATURES, *STUDIES, *SCANS, *ACROSS, *RISKS, *RISK_SCORES, *RISKS_OF_A_MONTH),
            *PRESCRIBING_ACROSS,
            *(study_assets(study) for study in studies(settings.studies_folder)),
            *(*published_assets(settings.studies_folder), catalogue_asset(settings.studies_folder)),
        ],
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=SENSORS,
        resources=build_resources(settings),
        executor=dg.in_process_executor,
    )


keep_private()  # every process of Dagster that serves a home begins here
write_events_without_waiting()
defs = build_definitions(Settings.load())
