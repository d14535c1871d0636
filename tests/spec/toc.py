"""The chapters of the rules, in the order in which a reader meets them: modules `test_<chapter>.py`."""

CHAPTERS = (
    "persons",
    "death",
    "practices",
    "observation_periods",
    "what_is_refused",
    "visits",
    "diagnoses",
    "certainty",
    "drugs",
    "days_of_supply",
    "measurements",
    "units",
    "lifestyle",
    "devices_and_samples",
    "notes",
    "eras",
    "cancer",
    "doses",
    "source",
)
