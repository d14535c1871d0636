"""What a home may throw away: a policy, a plan that says why, a hand that carries it out and writes it down.

Belongs here: which builds, raw tables, vocabularies and published versions stay.
Does not belong here: run history, which Dagster's own instance looks after.
"""
