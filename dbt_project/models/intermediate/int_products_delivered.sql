-- grain: one row per delivered product and ATC class beside it, with what the delivered list says of it
with delivered as (

    select drug_code_system, drug_code, atc from {{ ref('stg_thin__prescriptions') }}
    union
    select drug_code_system, drug_code, atc from {{ ref('stg_thin__dispensings') }}

),

spelled as (

    select
        delivered.*,
        system.vocabulary_id,
        coalesce(system.family, delivered.drug_code_system) as family,
        {{ product_form('delivered.drug_code_system', 'delivered.drug_code') }} as product_form
    from delivered
    left join {{ ref('drug_code_systems') }} as system on delivered.drug_code_system = system.drug_code_system

),

described as (

    select
        spelled.*,
        coalesce(spelled.atc, listed.atc) as atc_class,
        listed.cip13,
        listed.generic,
        listed.route,
        listed.pack_units
    from spelled
    left join {{ ref('int_products_listed') }} as listed
        on spelled.family = listed.family and spelled.product_form = listed.product_form

),

-- the concept of the product itself: under its delivered spelling, else under another of its spellings
known as (

    select
        described.drug_code_system,
        described.drug_code,
        min_by(
            concept.concept_id::integer, (concept.concept_code <> described.drug_code, concept.concept_id)
        ) as source_concept_id
    from described
    inner join {{ source('vocabulary', 'concept') }} as concept
        on
            described.vocabulary_id = concept.vocabulary_id
            and concept.concept_code in (described.drug_code, described.product_form, described.cip13)
    group by described.drug_code_system, described.drug_code

)

select described.*, known.source_concept_id
from described
left join known
    on described.drug_code_system = known.drug_code_system and described.drug_code = known.drug_code
