-- grain: one row per delivered ahd row; `reason` is why its own columns forbid loading it
with judged as (

    select
        event.*,
        {{ event_reason('event.event_date', "event.row_flag = 'Y'") }} as reason
    from {{ ref('stg_thin__health_data') }} as event
    left join {{ ref('int_patients_eligible') }} as person on event.patient_key = person.patient_key

)

select
    *,
    {{ is_repeat(
        ['event_key'],
        [
            'event_date', 'entity_code', 'loinc', 'local_code', 'data1', 'data2', 'data3', 'data4', 'data5', 'data6',
            'unit_text', 'staff_key', 'consult_key',
        ],
    ) }} as is_repeat
from judged
