-- grain: one row per person and day with area indicators, as delivered: twelve flags, X = missing
select
    file_row_number as row_position,
    patient_key,
    event_key,
    eventdate as event_date,
    flags
from {{ source('raw', 'pvi') }}
