"""The statistics of the association scan: odds ratios of thousands of exposures from counts of matched sets.

Enters    patterns: how many matched sets of which size hold how many exposed, by whether the case is one.
Leaves    estimates, intervals and p values by exposure; corrected for their number; pooled over countries.
Promises  pure functions of numbers: no lake, no randomness; what cannot be estimated is null, and what is
          infinite is flagged. docs/explanation/association-scan.md says what is estimated, and why.
"""
