"""The only hands on disk, DuckDB and dbt. Rooms are given what they need; they never reach for it."""
