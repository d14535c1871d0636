-- grain: one row per delivered therapy row; `reason` is why its own columns forbid loading it
with judged as (

    select
        event.*,
        {{ event_reason('event.event_date', "event.row_flag = 'Y'") }} as reason
    from {{ ref('stg_thin__prescriptions') }} as event
    left join {{ ref('int_patients_eligible') }} as person on event.patient_key = person.patient_key

)

select
    *,
    {{ is_repeat(
        ['event_key'],
        [
            'event_date', 'drug_code_system', 'drug_code', 'atc', 'delivered_days', 'quantity', 'daily_units',
            'dosage_code', 'packs', 'prescription_type', 'issue_number', 'issues_allowed', 'staff_key', 'consult_key',
        ],
    ) }} as is_repeat
from judged
