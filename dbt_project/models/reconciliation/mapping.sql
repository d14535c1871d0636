-- grain: one row per source table, kind, delivered code and concept it stands for; counts of what was loaded
with used as (

    -- by person, so that persons need no second look at the records
    select
        source_table,
        kind,
        code_system,
        source_code,
        source_concept_id,
        target_concept_id,
        person_id,
        records
    from {{ ref('int_codes_used') }}

    union all

    -- a member of staff is no patient: nobody is counted
    select
        'staff',
        'specialty',
        if(specialty is null, 'THINLIKE_ROLE', 'THINLIKE_SPECIALTY'),
        coalesce(specialty, role),
        0,
        specialty_concept_id,
        null,
        count(*)
    from {{ ref('int_providers') }}
    where specialty_concept_id is not null
    group by all

),

counted as (

    select
        * exclude (person_id, records),
        sum(records)::bigint as records,
        count(person_id) as persons
    from used
    group by all

),

levels as (

    select
        'medical' as source_table,
        code_system,
        code as source_code,
        target_concept_id,
        target_domain_id,
        mapping_level
    from {{ ref('int_codes_mapped') }}
    union all
    select
        of_drugs.source_table,
        product.drug_code_system,
        product.drug_code,
        product.target_concept_id,
        product.target_domain_id,
        product.mapping_level
    from {{ ref('int_products_mapped') }} as product
    cross join (values ('therapy'), ('dispense')) as of_drugs (source_table)
    union all
    select 'ahd', code_system, source_value, target_concept_id, target_domain_id, mapping_level
    from {{ ref('int_tests_mapped') }}

),

-- a product delivered with several classes may be known by several steps, told apart by their concept
best_levels as (

    select
        source_table,
        code_system,
        source_code,
        target_concept_id,
        min(target_domain_id) as domain,
        min(mapping_level) as level
    from levels
    where target_concept_id <> 0
    group by all

),

-- the domain of what has no concept: that of its table
counted_under (source_table, domain) as (

    values
    ('medical', 'Condition'),
    ('therapy', 'Drug'),
    ('dispense', 'Drug'),
    ('ahd', 'Measurement')

),

kind (kind, domain) as (

    values
    ('unit', 'Unit'),
    ('route', 'Route'),
    ('visit', 'Visit'),
    ('specialty', 'Provider')

)

select
    counted.source_table,
    counted.kind,
    counted.code_system,
    counted.source_code,
    counted.source_concept_id,
    coalesce(kind.domain, known.domain, concept.domain_id, counted_under.domain, 'Observation') as domain,
    counted.target_concept_id,
    case
        when counted.target_concept_id = 0 then 'unmapped'
        when counted.source_table = 'text' then 'lexicon'
        else coalesce(known.level, 'source_to_concept_map')
    end as level,
    counted.records,
    counted.persons
from counted
left join best_levels as known
    on
        counted.kind = 'event'
        and counted.source_table = known.source_table
        and counted.code_system = known.code_system
        and counted.source_code = known.source_code
        and counted.target_concept_id = known.target_concept_id
left join counted_under
    on counted.source_table = counted_under.source_table and counted.kind = 'event'
left join kind on counted.kind = kind.kind
left join {{ source('vocabulary', 'concept') }} as concept
    on counted.target_concept_id = concept.concept_id and counted.target_concept_id <> 0
order by
    counted.source_table,
    counted.kind,
    counted.code_system,
    counted.source_code nulls last,
    counted.target_concept_id
