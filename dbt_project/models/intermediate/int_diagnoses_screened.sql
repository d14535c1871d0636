-- grain: one row per delivered medical row; `reason` is why its own columns forbid loading it
with judged as (

    select
        event.*,
        {{ event_reason('event.event_date', "event.row_flag in ('R', 'S')") }} as reason
    from {{ ref('stg_thin__diagnoses') }} as event
    left join {{ ref('int_patients_eligible') }} as person on event.patient_key = person.patient_key

)

select
    *,
    {{ is_repeat(
        ['patient_key', 'event_date', 'code_system', 'code'],
        ['event_key', 'data_type', 'certainty', 'episode', 'end_date', 'staff_key', 'consult_key'],
    ) }} as is_repeat
from judged
