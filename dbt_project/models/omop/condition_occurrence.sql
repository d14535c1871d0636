-- grain: one row per coded entry and condition it states of the patient, now
select
    {{ derived_id('event_key', 'target_concept_id') }} as condition_occurrence_id,
    person_id,
    concept_id as condition_concept_id,
    event_date as condition_start_date,
    event_date::timestamp as condition_start_datetime,
    end_date as condition_end_date,
    end_date::timestamp as condition_end_datetime,
    type_concept_id as condition_type_concept_id,
    status_concept_id as condition_status_concept_id,
    null::varchar as stop_reason,
    provider_id,
    visit_occurrence_id,
    visit_detail_id,
    left(source_value, 50) as condition_source_value,
    source_concept_id as condition_source_concept_id,
    left(qualifier_source_value, 50) as condition_status_source_value
from {{ ref('int_stem') }}
where cdm_table = 'condition_occurrence'
order by person_id, condition_start_date, condition_occurrence_id
