"""What a partition costs as it grows, and what 69 million patients would: measured, fitted, worked out."""
