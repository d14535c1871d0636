-- grain: one row per delivered dispense row; `reason` is why its own columns forbid loading it
with judged as (

    select
        event.*,
        {{ event_reason('event.event_date') }} as reason
    from {{ ref('stg_thin__dispensings') }} as event
    left join {{ ref('int_patients_eligible') }} as person on event.patient_key = person.patient_key

)

select
    *,
    {{ is_repeat(
        ['event_key'],
        ['event_date', 'drug_code', 'atc', 'boxes', 'prescription_key'],
    ) }} as is_repeat
from judged
