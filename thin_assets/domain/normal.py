"""The normal distribution, as far as intervals need it."""

NORMAL = 1.959963984540054
"""Its 97.5th percentile: so many standard errors on either side are a 95 % interval."""
