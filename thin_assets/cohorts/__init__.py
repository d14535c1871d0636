"""Cohorts: who enters a study and when, stated in ATLAS, counted rule by rule.

Enters    a sealed build, the vocabulary, and expressions exported from ATLAS (`definitions/*.json`).
Leaves    the members and the attrition of each definition, and the CDM's `cohort` and `cohort_definition`
          of all of them together.
Promises  the expression decides, and nothing else; an expression that cannot be run as written is refused
          by name of what it asks for; persons never grow from one step of the attrition to the next; nobody
          is twice in one cohort at once.
"""
