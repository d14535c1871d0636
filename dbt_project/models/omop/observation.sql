-- grain: one row per fact that is no condition, drug, procedure or measurement; unmapped codes are here too
select
    {{ derived_id('event_key', 'target_concept_id') }} as observation_id,
    person_id,
    concept_id as observation_concept_id,
    event_date as observation_date,
    event_date::timestamp as observation_datetime,
    type_concept_id as observation_type_concept_id,
    value_as_number,
    left(value_as_string, 60) as value_as_string,
    value_as_concept_id,
    null::integer as qualifier_concept_id,
    unit_concept_id,
    provider_id,
    visit_occurrence_id,
    visit_detail_id,
    left(source_value, 50) as observation_source_value,
    source_concept_id as observation_source_concept_id,
    left(unit_source_value, 50) as unit_source_value,
    left(qualifier_source_value, 50) as qualifier_source_value,
    left(value_source_value, 50) as value_source_value,
    null::bigint as observation_event_id,
    null::integer as obs_event_field_concept_id
from {{ ref('int_stem') }}
where cdm_table = 'observation'
order by person_id, observation_date, observation_id
