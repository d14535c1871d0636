-- grain: one row per loaded set of area indicators; the twelfth is the Townsend fifth, 5 the most deprived
select
    {{ from_table('pvi') }} as source_table,
    event.event_key,
    person.person_id,
    event.event_date,
    coalesce(townsend.concept_id, 0) as target_concept_id,
    coalesce(townsend.concept_id, 0) as concept_id,
    {{ to_cdm_table('observation') }} as cdm_table,
    0 as source_concept_id,
    'THINLIKE_PVI' as code_system,
    'pvi:townsend' as source_value,
    {{ concept('ehr') }} as type_concept_id,
    {{ double_of('substr(event.flags, 12, 1)') }} as value_as_number,
    event.flags as value_as_string,
    nullif(substr(event.flags, 12, 1), '') as value_source_value
from {{ ref('int_deprivation_screened') }} as event
inner join {{ ref('int_persons_built') }} as person on event.patient_key = person.patient_key
left join {{ ref('int_lookups_mapped') }} as townsend
    on townsend.source_vocabulary_id = 'THINLIKE_PVI' and townsend.source_code = 'townsend'
where event.reason is null and not event.is_repeat
