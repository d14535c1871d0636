-- grain: one row per free text as delivered; no row unless a restricted text bundle was taken in
select
    file_row_number as row_position,
    patient_key,
    event_key,
    consult_key,
    eventdate as event_date,
    lower(lang) as language,
    freetext as note_text
from {{ source('raw', 'text') }}
