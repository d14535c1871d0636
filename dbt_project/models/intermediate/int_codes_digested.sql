-- grain: one row per kind and code by which rows of persons are looked up, with a hash of what it stands for
with products as (

    select
        product.drug_code_system,
        product.drug_code,
        product.atc,
        {{ mixed_hash('product', 'strength') }} as row_hash
    from {{ ref('int_products_mapped') }} as product
    left join {{ ref('int_product_strengths') }} as strength
        on
            product.drug_code_system = strength.drug_code_system
            and product.drug_code = strength.drug_code
            and product.atc is not distinct from strength.atc

),

hashed as (

    select 'code' as kind, [code_system, code] as words, {{ mixed_hash('mapped') }} as row_hash
    from {{ ref('int_codes_mapped') }} as mapped  -- noqa: AL05

    union all

    select 'product', [drug_code_system, drug_code, atc], row_hash from products

    union all

    select 'test', [entity_code, loinc, local_code], {{ mixed_hash('part') }}
    from {{ ref('int_test_parts') }} as part  -- noqa: AL05

    union all

    select 'unit', [unit], {{ mixed_hash('unit_concept_id') }} from {{ ref('int_units_mapped') }}

    union all

    select 'lookup', [source_vocabulary_id, source_code], {{ mixed_hash('concept_id') }}
    from {{ ref('int_lookups_mapped') }}

)

select kind, words, {{ sum_of_hashes('row_hash') }} as row_sum
from hashed
group by kind, words
