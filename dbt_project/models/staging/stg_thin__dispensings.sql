-- grain: one row per dispensed item as delivered; no row in countries whose pharmacies do not deliver
select
    file_row_number as row_position,
    patient_key,
    event_key,
    therapy_key as prescription_key,
    dispdate as event_date,
    'CIP13' as drug_code_system,
    cip13 as drug_code,
    atc,
    boxes,
    has_partial_date
from {{ source('raw', 'dispense') }}
