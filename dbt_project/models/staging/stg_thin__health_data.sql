-- grain: one row per test, measurement, immunisation or lifestyle entry, as delivered
select
    file_row_number as row_position,
    patient_key,
    event_key,
    consult_key,
    staff_key,
    eventdate as event_date,
    ahdcode as entity_code,
    loinc,
    local_code,
    data1,
    data2,
    data3,
    data4,
    data5,
    data6,
    unit_text,
    medcode as detail_code,
    ahdflag as row_flag,
    has_partial_date
from {{ source('raw', 'ahd') }}
