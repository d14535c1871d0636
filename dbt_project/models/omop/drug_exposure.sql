-- grain: one row per prescription, dispensing or immunisation and drug concept
select
    {{ derived_id('event_key', 'target_concept_id') }} as drug_exposure_id,
    person_id,
    concept_id as drug_concept_id,
    event_date as drug_exposure_start_date,
    event_date::timestamp as drug_exposure_start_datetime,
    coalesce(end_date, event_date) as drug_exposure_end_date,
    coalesce(end_date, event_date)::timestamp as drug_exposure_end_datetime,
    null::date as verbatim_end_date,
    type_concept_id as drug_type_concept_id,
    null::varchar as stop_reason,
    refills::integer as refills,
    quantity,

    -- only what was delivered and credible; the end date may rest on an imputed number of days
    days_supply::integer as days_supply,
    sig,
    route_concept_id,
    null::varchar as lot_number,
    provider_id,
    visit_occurrence_id,
    visit_detail_id,
    left(source_value, 50) as drug_source_value,
    source_concept_id as drug_source_concept_id,
    left(route_source_value, 50) as route_source_value,
    null::varchar as dose_unit_source_value
from {{ ref('int_stem') }}
where cdm_table = 'drug_exposure'
order by person_id, drug_exposure_start_date, drug_exposure_id
