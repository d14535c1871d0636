-- grain: one row per loaded prescription, with its dose; days_supply where the delivered days are credible
with dosages as (

    select dosage_code, min(daily_units) as daily_units, min(dosage_text) as dosage_text
    from {{ ref('stg_thin__dosages') }}
    group by dosage_code

)

select
    event.* exclude (daily_units, delivered_days, dosage_code, row_flag, reason, is_repeat),
    person.person_id,
    coalesce(event.daily_units, dosages.daily_units) as units_a_day,
    dosages.dosage_text,
    if(event.delivered_days between 1 and 365, event.delivered_days, null) as days_supply
from {{ ref('int_prescriptions_screened') }} as event
inner join {{ ref('int_persons') }} as person on event.patient_key = person.patient_key
left join dosages on event.dosage_code = dosages.dosage_code
where event.reason is null and not event.is_repeat
