-- grain: one row per exposure and ingredient; where pharmacies deliver, prescriptions are left out
with exposures as (

    select exposure.*
    from {{ ref('int_stem') }} as exposure
    inner join {{ ref('countries') }} as country on country.code = {{ country() }}
    where
        exposure.cdm_table = 'drug_exposure'
        and exposure.concept_id <> 0
        and not (country.dispensing and exposure.type_concept_id = {{ concept('ehr_prescription') }})

),

ingredients as (

    select concept_id from {{ source('vocabulary', 'concept') }}
    where concept_class_id = 'Ingredient' and standard_concept = 'S'

),

-- an ingredient contains itself, also in a vocabulary without that row
contained as (

    select ancestor_concept_id, descendant_concept_id
    from {{ source('vocabulary', 'concept_ancestor') }}
    union
    select concept_id as ancestor_concept_id, concept_id as descendant_concept_id from ingredients

)

select
    exposures.person_id,
    ingredients.concept_id::integer as concept_id,
    exposures.event_date as start_date,
    coalesce(exposures.end_date, exposures.event_date) as end_date
from exposures
inner join contained on exposures.concept_id = contained.descendant_concept_id
inner join ingredients on contained.ancestor_concept_id = ingredients.concept_id
