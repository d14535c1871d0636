-- grain: one row per loaded prescription or dispensing and standard drug concept of its product
with prescribed as (

    select
        {{ from_table('therapy') }} as source_table,
        event.event_key,
        event.drug_code_system,
        event.drug_code,
        event.atc,
        event.event_date,
        event.exposed_days,
        event.days_supply,
        event.quantity,
        event.units_a_day,
        event.dosage_text as sig,
        -- what is left of a series of repeats
        if(
            event.prescription_type = 'R', greatest(event.issues_allowed - event.issue_number, 0), null
        ) as refills,
        {{ concept('ehr_prescription') }} as type_concept_id,
        {{ link_columns() }}
    from {{ ref('int_prescriptions_timed') }} as event
    {{ event_links() }}

),

-- a pharmacy gives boxes
dispensed as (

    select
        {{ from_table('dispense') }} as source_table,
        event_key,
        drug_code_system,
        drug_code,
        atc,
        event_date,
        exposed_days,
        null as days_supply,
        boxes::double as quantity,
        null as units_a_day,
        null as sig,
        null as refills,
        {{ concept('ehr_dispensing') }} as type_concept_id,
        person_id,
        null as provider_id,
        null as visit_occurrence_id,
        null as visit_detail_id
    from {{ ref('int_dispensings_timed') }}
    {{ of_built_persons() }}

),

exposures as (

    select * from prescribed
    union all
    select * from dispensed

)

select
    exposure.source_table,
    exposure.event_key,
    exposure.person_id,
    exposure.event_date,
    exposure.event_date + (exposure.exposed_days - 1)::integer as end_date,
    product.target_concept_id,
    product.target_concept_id as concept_id,
    {{ cdm_table('product.target_domain_id') }} as cdm_table,
    product.source_concept_id,
    exposure.drug_code_system as code_system,
    exposure.drug_code as source_value,
    exposure.atc,
    product.concept_number,
    exposure.type_concept_id,
    exposure.quantity,
    exposure.days_supply,
    exposure.units_a_day,
    exposure.refills,
    exposure.sig,
    product.route as route_source_value,
    coalesce(route.concept_id, if(product.route is null, null, 0)) as route_concept_id,
    exposure.provider_id,
    exposure.visit_occurrence_id,
    exposure.visit_detail_id
from exposures as exposure
inner join {{ ref('int_products_mapped') }} as product
    on
        exposure.drug_code_system = product.drug_code_system
        and exposure.drug_code = product.drug_code
        and exposure.atc is not distinct from product.atc
left join {{ ref('int_lookups_mapped') }} as route
    on route.source_vocabulary_id = 'THINLIKE_ROUTE' and product.route = route.source_code
