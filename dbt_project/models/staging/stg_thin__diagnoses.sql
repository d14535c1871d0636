-- grain: one row per coded entry of the medical record as delivered: diagnosis, symptom, procedure, history
select
    file_row_number as row_position,
    patient_key,
    event_key,
    consult_key,
    staff_key,
    eventdate as event_date,
    enddate as end_date,
    datatype as data_type,
    code_system,
    medcode as code,
    icd10_mapped as icd10,
    certainty,
    episode,
    medflag as row_flag,
    has_partial_date
from {{ source('raw', 'medical') }}
