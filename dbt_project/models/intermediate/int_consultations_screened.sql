-- grain: one row per delivered consultation row; `reason` is why its own columns forbid loading it
with judged as (

    select
        event.*,
        {{ event_reason('event.event_date') }} as reason
    from {{ ref('stg_thin__consultations') }} as event
    left join {{ ref('int_patients_eligible') }} as person on event.patient_key = person.patient_key

)

select
    *,
    {{ is_repeat(
        ['consult_key'],
        ['event_date', 'staff_key', 'consultation_type'],
    ) }} as is_repeat
from judged
