"""Evidence: what a data partner shows of a sealed build.

Enters    a sealed build and the vocabulary it was made with.
Leaves    its profile (counts and distributions by Achilles analysis), and pages that people read.
Promises  the tables hold aggregates only and the same build gives the same bytes; on a page no number of
          1 to 9 persons or records is shown (`domain/disclosure.py`).
"""
