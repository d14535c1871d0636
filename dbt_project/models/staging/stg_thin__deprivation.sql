-- grain: one row per person and day with area indicators, as delivered: twelve flags, X = missing
select
    patient_key,
    event_key,
    eventdate as event_date,
    flags
from {{ source('raw', 'pvi') }}
