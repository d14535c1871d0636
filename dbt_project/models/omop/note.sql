-- grain: one row per free text of the restricted text bundle; none without it
select
    event_key as note_id,
    person_id,
    event_date as note_date,
    event_date::timestamp as note_datetime,
    {{ concept('ehr_note') }} as note_type_concept_id,

    -- what kind of note it is, nobody says
    {{ concept('unmapped') }} as note_class_concept_id,
    null::varchar as note_title,
    note_text,
    {{ concept('utf8') }} as encoding_concept_id,
    language_concept_id,
    provider_id,
    visit_occurrence_id,
    visit_detail_id,
    language as note_source_value,
    null::bigint as note_event_id,
    null::integer as note_event_field_concept_id
from {{ ref('int_notes_built') }}
order by person_id, note_date, note_id
