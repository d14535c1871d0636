-- grain: one row per delivered text row; `reason` is why its own columns forbid loading it
with judged as (

    select
        event.*,
        {{ event_reason('event.event_date') }} as reason
    from {{ ref('stg_thin__texts') }} as event
    left join {{ ref('int_patients_eligible') }} as person on event.patient_key = person.patient_key

)

select
    *,
    {{ is_repeat(
        ['event_key'],
        ['event_date', 'language', 'consult_key', 'note_text'],
    ) }} as is_repeat
from judged
