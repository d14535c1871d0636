-- grain: one row per delivered product (with the ATC class delivered beside it) and standard concept
with delivered as (

    select drug_code_system, drug_code, atc from {{ ref('stg_thin__prescriptions') }}
    union
    select drug_code_system, drug_code, atc from {{ ref('stg_thin__dispensings') }}

),

listed as (

    select
        drug_code_system,
        drug_code,
        min(atc) as atc,
        min(route) as route,
        min(pack_units) as pack_units
    from {{ ref('stg_thin__products') }}
    group by all

),

products as (

    select
        delivered.*,
        coalesce(delivered.atc, listed.atc) as atc_class,
        listed.route,
        listed.pack_units,
        system.vocabulary_id,
        concept.concept_id::integer as source_concept_id
    from delivered
    left join listed
        on delivered.drug_code_system = listed.drug_code_system and delivered.drug_code = listed.drug_code
    left join {{ ref('drug_code_systems') }} as system on delivered.drug_code_system = system.drug_code_system
    left join {{ source('vocabulary', 'concept') }} as concept
        on system.vocabulary_id = concept.vocabulary_id and delivered.drug_code = concept.concept_code

),

targets as (

    select
        products.*,
        1 as step,
        'product' as mapping_level,
        target.target_concept_id,
        target.target_domain_id
    from products
    inner join {{ ref('int_concepts_standard') }} as target
        on products.source_concept_id = target.source_concept_id

    union all

    select products.*, 2, 'source_to_concept_map', target.target_concept_id, target.target_domain_id
    from products
    inner join {{ ref('int_concept_maps') }} as target
        on
            target.source_vocabulary_id in (products.vocabulary_id, 'THINLIKE_' || products.drug_code_system)
            and products.drug_code = target.source_code

    union all

    -- our own map of a class names what is in the pack; the vocabulary's may name every member of a group
    select products.*, 3, 'atc', map.target_concept_id, map.target_domain_id
    from products
    inner join {{ ref('int_concept_maps') }} as map
        on map.source_vocabulary_id = 'ATC' and products.atc_class = map.source_code

    union all

    select products.*, 4, 'atc', target.target_concept_id, target.target_domain_id
    from products
    inner join {{ source('vocabulary', 'concept') }} as atc
        on atc.vocabulary_id = 'ATC' and products.atc_class = atc.concept_code
    inner join {{ ref('int_concepts_standard') }} as target on atc.concept_id = target.source_concept_id

),

best_targets as (

    select * from targets
    qualify rank() over (partition by drug_code_system, drug_code, atc order by step) = 1

)

select distinct
    products.drug_code_system,
    products.drug_code,
    products.atc,
    products.route,
    products.pack_units,
    coalesce(products.source_concept_id, 0) as source_concept_id,
    coalesce(target.target_concept_id, 0) as target_concept_id,
    coalesce(target.target_domain_id, 'Drug') as target_domain_id,
    coalesce(target.mapping_level, 'unmapped') as mapping_level
from products
left join best_targets as target
    on
        products.drug_code_system = target.drug_code_system
        and products.drug_code = target.drug_code
        and products.atc is not distinct from target.atc
