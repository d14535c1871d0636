-- grain: one row per loaded set of area indicators; the twelfth is the Townsend fifth, 5 the most deprived
select
    'pvi' as source_table,
    event.event_key,
    person.person_id,
    event.event_date,
    {{ concept('unmapped') }} as target_concept_id,
    {{ concept('unmapped') }} as concept_id,
    'observation' as cdm_table,
    0 as source_concept_id,
    'pvi:townsend' as source_value,
    {{ concept('ehr') }} as type_concept_id,
    try_cast(event.flags[12] as double) as value_as_number,
    event.flags as value_as_string,
    event.flags[12] as value_source_value
from {{ ref('int_deprivation_screened') }} as event
inner join {{ ref('int_persons') }} as person on event.patient_key = person.patient_key
where event.reason is null and not event.is_repeat
