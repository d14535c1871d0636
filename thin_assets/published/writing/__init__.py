"""How a partition is written: prepared, held against the contract, one commit, the facts beside it."""
