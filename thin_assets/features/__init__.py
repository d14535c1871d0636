"""Features: what was known of each cohort member on the day before the index date, and nothing later.

Enters    a cohort and a sealed build of the same snapshot.
Leaves    one row per member and covariate in the sparse form of OHDSI's FeatureExtraction, and its
          reference tables.
Promises  every window ends the day before the index; deleting all records on or after it changes no byte;
          ids and names of covariates are one to one; a covariate that is absent was not recorded, which is
          not the same as absent.
"""
