"""What leaves the room: dictionary terms found in notes, and what is said of them."""

import pandera.polars as pa

MENTION = "mention"
"""The table of the room."""


class Mention(pa.DataFrameModel):
    """One row per note and dictionary term found in it; sorted by note and offset.

    A note is a row of raw/text: one that was delivered twice, or is refused later, has its mentions twice, or
    for nothing. The transformation joins those of the notes that it loads.
    """

    row_position: int = pa.Field(ge=0, description="Row of raw/text, counted from 0")
    event_key: int = pa.Field(description="Key of the note, as raw/text has it")
    starts_at: int = pa.Field(ge=0, description="Characters of the note before the term")
    ends_at: int = pa.Field(ge=1, description="Characters of the note up to the end of the term")
    concept_id: int = pa.Field(gt=0, description="Standard concept that the dictionary gives the term")
    term: str = pa.Field(description="The term as the dictionary spells it, never as the note does")
    is_negated: bool = pa.Field(description="Its sentence denies it")
    is_of_another: bool = pa.Field(description="Its sentence speaks of somebody else")
    is_hypothetical: bool = pa.Field(description="Its sentence fears it, or makes it a condition")
    is_past: bool = pa.Field(description="Its sentence says that it was once")
    lexicon: str = pa.Field(description="Version of dictionaries, rules and tokeniser")

    class Config:
        strict = True
        unique = ["row_position", "starts_at", "concept_id"]
