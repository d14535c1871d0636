"""The omop room: raw tables become a candidate build of OMOP CDM v5.4, which nobody has judged yet.

Enters      typed raw tables of one partition, and the vocabulary
Leaves      a folder `candidate=<id>/<table>/data.parquet` with every CDM table, and the two tables that
            account for every source row: `reconciliation` and `routing`
Promised    a candidate is whole: all tables, from one delivery, one vocabulary and one state of the code
The transformation itself is the dbt project; a delivery that is OMOP already is adopted by `adopt.py`.
"""
