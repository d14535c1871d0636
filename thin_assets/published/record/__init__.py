"""What is kept of every publication: the audit chain, releases, recalls."""
