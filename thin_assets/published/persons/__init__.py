"""Rows of persons before they leave: pseudonyms of the project, coarse enough, withdrawn when asked."""
