"""Studies: questions answered with numbers of groups.

Enters    cohorts, features and a sealed build of one snapshot.
Leaves    aggregates: counts, rates and intervals by group.
Promises  no group of fewer than ten persons is shown (`domain/disclosure.py`); what was kept back is
          flagged, not blank.
"""
