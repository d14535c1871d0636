-- grain: one row per delivered product (with the ATC class delivered beside it) and standard concept
with products as (

    select * from {{ ref('int_products_delivered') }}

),

own_maps as (

    select
        system.family,
        {{ product_form('system.drug_code_system', 'map.source_code') }} as product_form,
        map.target_concept_id,
        map.target_domain_id
    from {{ ref('int_concept_maps') }} as map
    inner join {{ ref('drug_code_systems') }} as system
        on map.source_vocabulary_id in (system.vocabulary_id, 'THINLIKE_' || system.drug_code_system)

),

-- a class that holds one ingredient is that ingredient; one that holds several says nothing sure
classes as (

    select
        atc.concept_code as atc_class,
        min(ingredient.concept_id)::integer as target_concept_id,
        'Drug' as target_domain_id
    from {{ source('vocabulary', 'concept') }} as atc
    inner join {{ source('vocabulary', 'concept_ancestor') }} as below
        on atc.concept_id = below.ancestor_concept_id
    inner join {{ source('vocabulary', 'concept') }} as ingredient
        on below.descendant_concept_id = ingredient.concept_id
    where
        atc.vocabulary_id = 'ATC'
        and len(atc.concept_code) = 7
        and ingredient.concept_class_id = 'Ingredient'
        and ingredient.standard_concept = 'S'
    group by atc.concept_code
    having count(distinct ingredient.concept_id) = 1

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
    inner join own_maps as target
        on products.family = target.family and products.product_form = target.product_form

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

    union all

    select products.*, 5, 'atc', target.target_concept_id, target.target_domain_id
    from products
    inner join classes as target on products.atc_class = target.atc_class

    union all

    -- the list's generic name, where it is the name of an ingredient to the letter
    select products.*, 6, 'ingredient', ingredient.concept_id::integer, ingredient.domain_id
    from products
    inner join {{ source('vocabulary', 'concept') }} as ingredient
        on lower(products.generic) = lower(ingredient.concept_name)
    where
        ingredient.vocabulary_id in ('RxNorm', 'RxNorm Extension')
        and ingredient.concept_class_id = 'Ingredient'
        and ingredient.standard_concept = 'S'

),

best_targets as (

    select * exclude (place)
    from (
        select *, rank() over (partition by drug_code_system, drug_code, atc order by step) as place
        from targets
    ) as ranked
    where place = 1

),

mapped as (

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

)

-- the first of several concepts, where a product is to be counted once
select
    *,
    row_number() over (
        partition by drug_code_system, drug_code, atc order by target_concept_id
    ) as concept_number
from mapped
