-- grain: one row per consultation as delivered
select
    file_row_number as row_position,
    practice_key,
    patient_key,
    consult_key,
    staff_key,
    eventdate as event_date,
    constype as consultation_type,
    duration as duration_minutes,
    has_partial_date
from {{ source('raw', 'consult') }}
