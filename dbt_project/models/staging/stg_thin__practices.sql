-- grain: one row per practice that delivers; a practice delivered twice has two rows
select
    practice_key,
    practice_pseudonym,
    region,
    prac_type as practice_type,
    specialty,
    compdate as computerised_date,
    visiondate as software_date,
    amrdate as mortality_recording_date,
    collectdate as collection_date,
    status
from {{ source('raw', 'practice') }}
