"""How a reader finds and reads what was published."""
