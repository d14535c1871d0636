"""Synthetic deliveries: simulated lives as a country's practices would send them, and the truth beside.

Enters   a snapshot, a number of patients, a seed.
Leaves   deliveries/GB/2024-03/ in the THIN-like layout, and truth/GB/2024-03.json.
Promise  the same arguments give the same bytes; snapshots of one world grow from one another.
"""
