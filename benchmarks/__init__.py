"""Measured ratios: what a room costs against the floor of reading and writing the same bytes, in one run."""
