"""Every claim of speed as a row of one run: what the platform costs, beside a floor, a peer, or both."""
