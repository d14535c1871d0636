"""OMOP CDM v5.4 as data, and what is generated from it.

tables.csv, fields.csv   the tables and columns of the standard: types, required, keys, domains
spec.py                  the same as Python values; every other module asks here
descriptions.csv         one sentence per table, in our own words
generate.py              writes dbt's contracts, the seeds and the dictionary; `--check` finds stale ones

Does not belong here: reading or judging data.
"""
