"""Cohorts: who enters a study and when, stated in ATLAS, counted rule by rule.

Enters    a sealed build, the vocabulary, and expressions exported from ATLAS (`definitions/*.json`).
Leaves    (cohort_definition_id, subject_id, cohort_start_date, cohort_end_date) and the attrition of each
          definition.
Promises  the expression decides, and nothing else; an expression that cannot be run as written is refused
          by name of what it asks for; persons never grow from one step of the attrition to the next.
"""
