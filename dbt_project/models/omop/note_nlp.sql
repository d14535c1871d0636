-- grain: one row per dictionary term found in a note
select
    {{ exclusive_or('mention.event_key', '(mention.concept_id::bigint << 22) | mention.text_offset') }}
        as note_nlp_id,
    mention.event_key as note_id,
    0 as section_concept_id,

    -- the term and not a letter of the text around it: this table may go where the text may not
    mention.term as snippet,
    mention.text_offset::varchar as "offset",
    mention.term as lexical_variant,
    mention.concept_id as note_nlp_concept_id,
    0 as note_nlp_source_concept_id,
    'thin-rules ' || mention.lexicon as nlp_system,
    note.event_date as nlp_date,
    note.event_date::timestamp as nlp_datetime,
    if(mention.is_stated, 'Y', 'N') as term_exists,
    if(mention.is_past, 'past', 'present') as term_temporal,
    mention.modifiers as term_modifiers
from {{ ref('int_mentions') }} as mention
inner join {{ ref('int_notes_built') }} as note on mention.event_key = note.event_key
order by note_id, mention.text_offset, note_nlp_id
