"""What a product is, as it is declared: kind, zone, columns, protection, lineage, and where it lies."""
