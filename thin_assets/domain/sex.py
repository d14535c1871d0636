"""Sex as the CDM has it, and as tables of groups call it."""

SEXES = {8507: "male", 8532: "female"}
"""Gender concepts that a group is made of; persons of any other are of the group `other`."""

_WHEN = " ".join(f"when {concept} then '{name}'" for concept, name in SEXES.items())

SEX_IN_SQL = f"case gender_concept_id {_WHEN} else 'other' end"
"""The same, of a row of `person`."""
