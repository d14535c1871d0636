-- grain: one row per prescribed item as delivered
select
    file_row_number as row_position,
    patient_key,
    event_key,
    consult_key,
    staff_key,
    prscdate as event_date,
    drug_code_system,
    drugcode as drug_code,
    atc,
    doscode as dosage_code,
    dosgval as daily_units,
    prscqty as quantity,
    prscdays as delivered_days,
    packs,
    prsctype as prescription_type,
    seqnoiss as issue_number,
    maxnoiss as issues_allowed,
    therflag as row_flag,
    has_partial_date
from {{ source('raw', 'therapy') }}
