"""Pure words of the trade: snapshots, countries, identity, the delivery layout.

Belongs here: what a clinician or a data manager would recognise, with no library but the standard one.
Does not belong here: reading or writing data, Dagster, dbt, the environment.
"""
