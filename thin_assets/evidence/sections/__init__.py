"""The sections of the profile page: each reads one profile, perhaps others beside it, and gives markup."""
