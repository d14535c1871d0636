-- grain: one row per person as delivered; a person delivered twice has two rows
select
    practice_key,
    patient_key,
    patient_pseudonym,
    patflag as patient_flag,
    birth_year,
    birth_month,
    sex,
    region,
    regdate as registration_date,
    regstat as registration_status,
    xferdate as transfer_date,
    deathdate as delivered_death_date,
    sysdate as recorded_on
from {{ source('raw', 'patient') }}
