"""Published: tables that a data scientist reads without asking anyone.

Enters    the feature table of one partition, made from one sealed build.
Leaves    a Delta table of all countries and months, and a sealed CDM as one DuckDB file.
Promises  a partition is replaced in one commit or not at all; every row names the build it was made from;
          ages above 90 are one group; what the contract does not name is not there.
"""
