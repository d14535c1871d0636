-- grain: one row per note and sentence, folded and framed by spaces; `starts_at`: characters before it
with cut as (

    select
        event_key,
        language,
        string_split_regex(note_text, '[.;!?]') as sentences
    from {{ ref('int_notes_built') }}

),

numbered as (

    select event_key, language, sentences, unnest(range(1, len(sentences) + 1)) as number
    from cut

)

select
    event_key,
    language,
    number,
    -- one sign was cut away after each sentence before
    (len(array_to_string(sentences[:number - 1], '')) + number - 1)::integer as starts_at,
    ' ' || {{ folded('sentences[number]') }} || ' ' as folded
from numbered
where trim(sentences[number]) <> ''
