"""The library: definitions that this project wrote, stated in few words and written as ATLAS expressions.

`concept_sets.csv` says what is meant, `designs.py` who enters. `python -m thin_assets.cohorts.library` writes
`cohorts/definitions/*.json`, and `--check` says which differ. The JSON files are what is run: they can be
opened in ATLAS, and edited there.
"""
