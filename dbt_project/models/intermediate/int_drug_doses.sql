-- grain: one row per exposure with a known daily dose of its one ingredient; as dispensed where that is known
with prescribed as not materialized (

    select
        prescription.event_key,
        prescription.person_id,
        prescription.event_date,
        {{ days_between('prescription.event_date', 'prescription.end_date') }} as days_after,
        prescription.units_a_day,
        strength.concept_id,
        strength.unit_concept_id,
        strength.amount
    from {{ ref('int_drugs_built') }} as prescription
    inner join {{ ref('int_product_strengths') }} as strength
        on
            prescription.code_system = strength.drug_code_system
            and prescription.source_value = strength.drug_code
            and prescription.atc is not distinct from strength.atc
    where
        prescription.source_table = 'therapy'
        and prescription.concept_number = 1
        and prescription.units_a_day > 0

),

-- what was dispensed is taken as it was prescribed
dispensed as (

    select prescribed.* exclude (event_date), event.event_date
    from {{ ref('int_dispensings_screened') }} as event
    inner join prescribed on event.prescription_key = prescribed.event_key
    where event.reason is null and not event.is_repeat

),

exposures as (

    select prescribed.* exclude (event_date), prescribed.event_date
    from prescribed
    inner join {{ ref('countries') }} as country on country.code = {{ country() }} and not country.dispensing
    union all
    select dispensed.* from dispensed
    inner join {{ ref('countries') }} as country on country.code = {{ country() }} and country.dispensing

)

select
    person_id,
    concept_id,
    unit_concept_id,
    -- to six decimals, in the way of which no engine has a second opinion
    round(amount * units_a_day * 1000000) / 1000000 as dose_value,
    event_date as start_date,
    event_date + days_after::integer as end_date
from exposures
