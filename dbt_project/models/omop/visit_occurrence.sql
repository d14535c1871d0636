-- grain: one row per person and day with at least one consultation
select
    visit_occurrence_id,
    person_id,
    visit_concept_id,
    event_date as visit_start_date,
    event_date::timestamp as visit_start_datetime,
    event_date as visit_end_date,
    event_date::timestamp as visit_end_datetime,
    {{ concept('ehr_encounter') }} as visit_type_concept_id,

    -- of the consultation that speaks for the day
    provider_id,
    care_site_id,
    left(consultation_type, 50) as visit_source_value,
    if(consultation_type is null, null, 0) as visit_source_concept_id,

    null::integer as admitted_from_concept_id,
    null::varchar as admitted_from_source_value,
    null::integer as discharged_to_concept_id,
    null::varchar as discharged_to_source_value,
    preceding_visit_occurrence_id
from {{ ref('int_visit_days') }}
order by person_id, visit_start_date, visit_occurrence_id
