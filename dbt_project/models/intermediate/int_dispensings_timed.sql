-- grain: one row per loaded dispensing, which lasts as long as its prescription, else as is usual
select
    event.event_key,
    event.drug_code_system,
    event.drug_code,
    event.atc,
    event.event_date,
    event.boxes,
    coalesce(prescription.exposed_days, usual.usual_days, 1) as exposed_days,
    person.person_id
from {{ ref('int_dispensings_screened') }} as event
inner join {{ ref('int_persons') }} as person on event.patient_key = person.patient_key
left join {{ ref('int_prescriptions_timed') }} as prescription
    on event.prescription_key = prescription.event_key
left join {{ ref('int_usual_days') }} as usual
    on event.drug_code_system = usual.drug_code_system and event.drug_code = usual.drug_code
where event.reason is null and not event.is_repeat
