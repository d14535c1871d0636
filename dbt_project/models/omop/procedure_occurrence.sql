-- grain: one row per coded entry and procedure it stands for
select
    {{ derived_id('event_key', 'target_concept_id') }} as procedure_occurrence_id,
    person_id,
    concept_id as procedure_concept_id,
    event_date as procedure_date,
    event_date::timestamp as procedure_datetime,
    end_date as procedure_end_date,
    end_date::timestamp as procedure_end_datetime,
    type_concept_id as procedure_type_concept_id,
    null::integer as modifier_concept_id,
    {{ nearest_integer('coalesce(quantity, 1)') }} as quantity,
    provider_id,
    visit_occurrence_id,
    visit_detail_id,
    left(source_value, 50) as procedure_source_value,
    source_concept_id as procedure_source_concept_id,
    null::varchar as modifier_source_value
from {{ ref('int_stem') }}
where cdm_table = 'procedure_occurrence'
order by person_id, procedure_date, procedure_occurrence_id
