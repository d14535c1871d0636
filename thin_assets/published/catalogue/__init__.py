"""The static site of all products: search, cards, lineage, versions."""
