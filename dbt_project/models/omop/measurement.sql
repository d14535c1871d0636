-- grain: one row per measured value: a blood pressure is two rows, a weight with its body mass index two
select
    {{ derived_id('event_key', 'target_concept_id') }} as measurement_id,
    person_id,
    concept_id as measurement_concept_id,
    event_date as measurement_date,
    event_date::timestamp as measurement_datetime,
    null::varchar as measurement_time,
    type_concept_id as measurement_type_concept_id,
    operator_concept_id,
    value_as_number,
    value_as_concept_id,

    -- the unit as delivered, never converted here
    unit_concept_id,
    range_low,
    range_high,
    provider_id,
    visit_occurrence_id,
    visit_detail_id,
    left(source_value, 50) as measurement_source_value,
    source_concept_id as measurement_source_concept_id,
    left(unit_source_value, 50) as unit_source_value,
    null::integer as unit_source_concept_id,
    left(value_source_value, 50) as value_source_value,
    null::bigint as measurement_event_id,
    null::integer as meas_event_field_concept_id
from {{ ref('int_stem') }}
where cdm_table = 'measurement'
order by person_id, measurement_date, measurement_id
