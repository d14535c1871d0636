-- grain: one row per loaded consultation
select
    visit_detail_id,
    person_id,
    visit_concept_id as visit_detail_concept_id,
    event_date as visit_detail_start_date,
    event_date::timestamp as visit_detail_start_datetime,
    event_date as visit_detail_end_date,
    event_date::timestamp as visit_detail_end_datetime,
    {{ concept('ehr_encounter') }} as visit_detail_type_concept_id,
    provider_id,
    care_site_id,
    left(consultation_type, 50) as visit_detail_source_value,
    if(consultation_type is null, null, 0) as visit_detail_source_concept_id,
    null::integer as admitted_from_concept_id,
    null::varchar as admitted_from_source_value,
    null::varchar as discharged_to_source_value,
    null::integer as discharged_to_concept_id,
    lag(visit_detail_id) over (partition by person_id order by event_date, visit_detail_id)
        as preceding_visit_detail_id,
    null::bigint as parent_visit_detail_id,
    visit_occurrence_id
from {{ ref('int_visits_built') }}
order by person_id, visit_detail_start_date, visit_detail_id
