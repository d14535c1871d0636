"""The prescribing observatory: who is prescribed what, how much and for how long, month by month."""
