"""Published: products that a data scientist reads without asking anyone.

Enters    the table or the page of one partition, made from one sealed build.
Leaves    a Delta table of all countries and months, or a folder of files for each; beside it a contract, a
          description, facts, releases; a line in the audit record; a sealed CDM as one DuckDB file.
Promises  a partition is replaced in one commit or not at all; every row names the build it was made from;
          ages above 90 are one group; what the contract does not name is not there; a contract changes only
          with its version; what was recalled is not read.
"""
