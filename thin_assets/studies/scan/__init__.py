"""Association scan: thousands of exposures before a cancer, one by one, in matched sets.

Enters    matched sets of the cohorts room and a sealed build of one snapshot.
Leaves    one row per site, exposure and window: counts, odds ratio, interval, p and q; and countries pooled.
Promises  nothing on or after the index date is looked at; members of a set are looked at equally far back;
          every test that was made is counted, whether it found anything or not. The statistics are pure
          functions of numbers: what cannot be estimated is null, what is infinite is flagged.
          docs/explanation/association-scan.md says what is estimated, and why.
"""
