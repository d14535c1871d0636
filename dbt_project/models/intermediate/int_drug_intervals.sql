-- grain: one row per exposure and ingredient; where pharmacies deliver, prescriptions are left out
with exposures as (

    select exposure.*
    from {{ ref('int_stem') }} as exposure
    inner join {{ ref('countries') }} as country on country.code = {{ country() }}
    where
        exposure.cdm_table = 'drug_exposure'
        and exposure.concept_id <> 0
        and not (country.dispensing and exposure.type_concept_id = {{ concept('ehr_prescription') }})

)

select
    exposures.person_id,
    ingredient.concept_id,
    exposures.event_date as start_date,
    coalesce(exposures.end_date, exposures.event_date) as end_date
from exposures
inner join {{ ref('int_ingredients') }} as ingredient on exposures.concept_id = ingredient.drug_concept_id
