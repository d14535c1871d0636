"""Validated: a candidate build of the CDM is judged, reconciled with its delivery, and sealed.

Enters    a candidate build (one Parquet file per CDM table), the vocabulary it was mapped with, the counts
          of raw.
Leaves    a judgement in counts, the equations of all source tables, and a sealed build that readers may
          see.
Promises  a sealed build has every table and column of OMOP CDM v5.4; no rule of severity error is broken in
          it; every delivered row is accounted for; its name is its content; a build that fails changes
          nothing for readers.
"""
