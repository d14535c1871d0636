-- grain: one row per loaded additional health datum and concept, as the CDM will show it
select
    {{ from_table('ahd') }} as source_table,
    valued.event_key,
    valued.person_id,
    valued.event_date,
    valued.event_date as end_date,
    valued.target_concept_id,
    valued.target_concept_id as concept_id,
    {{ cdm_table('valued.target_domain_id') }} as cdm_table,
    valued.source_concept_id,
    valued.code_system,
    valued.source_value,
    case
        when valued.datafile = 'IMMS' then {{ concept('ehr_administration') }}
        when valued.datafile = 'TEST' then {{ concept('lab') }}
        when valued.target_domain_id = 'Measurement' then {{ concept('ehr_physical_examination') }}
        else {{ concept('ehr') }}
    end as type_concept_id,
    {{ operator_concept('valued.comparison') }} as operator_concept_id,
    valued.number as value_as_number,
    if(valued.number is null, coalesce(valued.answer, valued.number_text), valued.answer) as value_as_string,
    coalesce(answer_concept.concept_id, if(valued.answer is null, null, 0))::integer as value_as_concept_id,
    coalesce(valued.number_text, valued.answer) as value_source_value,
    -- null where no unit was delivered, 0 where one was that we do not know
    coalesce(valued.implied_unit_concept_id, unit.unit_concept_id) as unit_concept_id,
    valued.unit_source_value,
    if(valued.is_laboratory, {{ double_of('valued.data5') }}, null) as range_low,
    if(valued.is_laboratory, {{ double_of('valued.data6') }}, null) as range_high,
    if(valued.is_laboratory, valued.data4, null) as qualifier_source_value,
    valued.provider_id,
    valued.visit_occurrence_id,
    valued.visit_detail_id
from {{ ref('int_health_data_valued') }} as valued
left join {{ ref('int_units_mapped') }} as unit on valued.unit = unit.unit
left join {{ ref('answers') }} as answer
    on valued.entity_code = answer.entity_code and valued.answer = answer.answer
left join {{ source('vocabulary', 'concept') }} as answer_concept
    on answer.value_as_concept_id = answer_concept.concept_id
