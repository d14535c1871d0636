-- grain: one row per entry whose code names a sample that was taken: a swab, blood, urine
select
    {{ derived_id('event_key', 'target_concept_id') }} as specimen_id,
    person_id,
    concept_id as specimen_concept_id,
    type_concept_id as specimen_type_concept_id,
    event_date as specimen_date,
    event_date::timestamp as specimen_datetime,

    -- no delivery says how much was taken, or from where beyond what the concept names
    null::double as quantity,
    null::integer as unit_concept_id,
    null::integer as anatomic_site_concept_id,
    null::integer as disease_status_concept_id,
    null::varchar as specimen_source_id,
    left(source_value, 50) as specimen_source_value,
    null::varchar as unit_source_value,
    null::varchar as anatomic_site_source_value,
    null::varchar as disease_status_source_value
from {{ ref('int_stem') }}
where cdm_table = 'specimen'
order by person_id, specimen_date, specimen_id
