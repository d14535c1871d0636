"""The data card of a product: what it is, whence it came, what it is good for."""
