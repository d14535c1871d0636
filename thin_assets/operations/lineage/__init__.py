"""Lineage for others: what runs read and wrote, as OpenLineage events.

Belongs here: Dagster's runs in the words of OpenLineage. Does not belong here: lineage of columns, which the
catalogue draws, and anything about rows but how many there are.
"""
