"""Incidence and prevalence of any cohort in any denominator, as declared, in the words of
IncidencePrevalence.

Belongs here: who is looked at and when, person-days and events, persons present and ill, what is estimated
from them. Does not belong here: who enters a cohort (cohorts), what of a count may be shown (disclosure).
"""
