"""Use of and persistence with triple inhaled therapy in COPD, after Deslee and others (OPTI, 2023)."""
