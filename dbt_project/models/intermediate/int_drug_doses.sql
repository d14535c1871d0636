-- grain: one row per exposure with a known daily dose of its one ingredient; as dispensed where that is known
with prescribed as (

    select prescription.* exclude (drug_code_system, drug_code, atc), strength.* exclude (drug_code, atc)
    from {{ ref('int_prescriptions_timed') }} as prescription
    inner join {{ ref('int_product_strengths') }} as strength
        on
            prescription.drug_code_system = strength.drug_code_system
            and prescription.drug_code = strength.drug_code
            and prescription.atc is not distinct from strength.atc
    where prescription.units_a_day > 0

),

-- what was dispensed is taken as it was prescribed
dispensed as (

    select prescribed.* replace (event.event_date as event_date)
    from {{ ref('int_dispensings_screened') }} as event
    inner join prescribed on event.prescription_key = prescribed.event_key
    where event.reason is null and not event.is_repeat

),

exposures as (

    select prescribed.* from prescribed
    inner join {{ ref('countries') }} as country on country.code = {{ country() }} and not country.dispensing
    union all
    select dispensed.* from dispensed
    inner join {{ ref('countries') }} as country on country.code = {{ country() }} and country.dispensing

)

select
    person_id,
    concept_id,
    unit_concept_id,
    round(amount * units_a_day, 6) as dose_value,
    event_date as start_date,
    event_date + (exposed_days - 1)::integer as end_date
from exposures
