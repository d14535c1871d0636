"""Time until something happens: curves, competing causes and hazard ratios, for every study of this room.

Days are whole and counted from the index date. Whoever is censored on a day was seen all of that day, so that
an event of the same day comes first. All of it is numpy alone: a study runs for every country and month, and
libraries that do the same take longer to load (statsmodels: two seconds) than the study takes. Tests hold it
to lifelines and statsmodels.
"""
