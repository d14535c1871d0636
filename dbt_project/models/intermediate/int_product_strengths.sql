-- grain: one row per delivered product of one ingredient whose strength is known: what one unit of it holds
with listed as (

    select drug_code_system, drug_code, min(strength) as strength, min(strength_unit) as strength_unit
    from {{ ref('stg_thin__products') }}
    group by all
    having min(strength) = max(strength) and min(strength_unit) = max(strength_unit)

),

contained as (

    select distinct
        product.drug_code_system,
        product.drug_code,
        product.atc,
        product.target_concept_id,
        ingredient.concept_id
    from {{ ref('int_products_mapped') }} as product
    inner join {{ ref('int_ingredients') }} as ingredient
        on product.target_concept_id = ingredient.drug_concept_id

),

single as (

    select
        drug_code_system,
        drug_code,
        atc,
        any_value(concept_id) as concept_id,
        any_value(target_concept_id) as drug_concept_id
    from contained
    group by drug_code_system, drug_code, atc
    having count(*) = 1

),

-- a vocabulary may know the strength of a product whose list says none
known as (

    select
        drug_concept_id,
        ingredient_concept_id,
        any_value(amount_value) as amount,
        any_value(amount_unit_concept_id)::integer as unit_concept_id
    from {{ source('vocabulary', 'drug_strength') }}
    where amount_value > 0 and amount_unit_concept_id is not null and invalid_reason is null
    group by all
    having count(*) = 1

)

select
    single.drug_code_system,
    single.drug_code,
    single.atc,
    single.concept_id,
    coalesce(unit.unit_concept_id, known.unit_concept_id) as unit_concept_id,
    coalesce(listed.strength * unit.factor, known.amount) as amount
from single
left join listed
    on
        single.drug_code_system = listed.drug_code_system
        and single.drug_code = listed.drug_code
        and listed.strength > 0
left join {{ ref('dose_units') }} as unit on listed.strength_unit = unit.strength_unit
left join known
    on
        single.drug_concept_id = known.drug_concept_id
        and single.concept_id = known.ingredient_concept_id
where coalesce(listed.strength * unit.factor, known.amount) is not null
