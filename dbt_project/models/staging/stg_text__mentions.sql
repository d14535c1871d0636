-- grain: one row per delivered text and dictionary term found in it
select
    row_position,
    event_key,
    starts_at as text_offset,
    term,
    concept_id::integer as concept_id,
    is_past,
    is_negated = false and is_of_another = false and is_hypothetical = false as is_stated,
    nullif(
        concat_ws(
            ',',
            if(is_negated, 'negated=true', null),
            if(is_of_another, 'subject=other', null),
            if(is_hypothetical, 'hypothetical=true', null)
        ),
        ''
    ) as modifiers,
    lexicon
from {{ source('text', 'mention') }}
