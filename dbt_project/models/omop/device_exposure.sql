-- grain: one row per device prescribed, dispensed or coded
select
    {{ derived_id('event_key', 'target_concept_id') }} as device_exposure_id,
    person_id,
    concept_id as device_concept_id,
    event_date as device_exposure_start_date,
    event_date::timestamp as device_exposure_start_datetime,

    -- the source says when a device was given, never when it was given back
    null::date as device_exposure_end_date,
    null::timestamp as device_exposure_end_datetime,
    type_concept_id as device_type_concept_id,

    -- no delivery holds serial or production numbers: they would point at one device, and so at one person
    null::varchar as unique_device_id,
    null::varchar as production_id,
    if(quantity >= 1, round(quantity)::integer, null) as quantity,
    provider_id,
    visit_occurrence_id,
    visit_detail_id,
    left(source_value, 50) as device_source_value,
    source_concept_id as device_source_concept_id,
    null::integer as unit_concept_id,
    null::varchar as unit_source_value,
    null::integer as unit_source_concept_id
from {{ ref('int_stem') }}
where cdm_table = 'device_exposure'
order by person_id, device_exposure_start_date, device_exposure_id
