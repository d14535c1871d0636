-- grain: one row per source table, kind, delivered code and concept it stands for; counts of what was loaded
with used as (

    -- first by person, so that persons need no second look at the records
    select
        source_table,
        'event' as kind,
        code_system,
        source_value as source_code,
        source_concept_id,
        target_concept_id,
        person_id,
        count(*) as records
    from {{ ref('int_stem') }}
    group by all

    union all

    select
        'ahd',
        'unit',
        'THINLIKE_UNIT',
        unit_source_value,
        0,
        coalesce(unit_concept_id, 0),
        person_id,
        count(*)
    from {{ ref('int_health_data_built') }}
    where unit_source_value is not null
    group by all

    union all

    select
        source_table,
        'route',
        'THINLIKE_ROUTE',
        route_source_value,
        0,
        coalesce(route_concept_id, 0),
        person_id,
        count(*)
    from {{ ref('int_drugs_built') }}
    where route_source_value is not null
    group by all

    union all

    select
        'consult',
        'visit',
        'THINLIKE_CONSTYPE',
        visit.consultation_type,
        0,
        coalesce(kind.concept_id, 0),
        visit.person_id,
        count(*)
    from {{ ref('int_visits_built') }} as visit
    left join {{ ref('int_lookups_mapped') }} as kind
        on kind.source_vocabulary_id = 'THINLIKE_CONSTYPE' and visit.consultation_type = kind.source_code
    where visit.consultation_type is not null
    group by all

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
        unnest(['therapy', 'dispense']),
        drug_code_system,
        drug_code,
        target_concept_id,
        target_domain_id,
        mapping_level
    from {{ ref('int_products_mapped') }}
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
    counted.source_code,
    counted.target_concept_id
