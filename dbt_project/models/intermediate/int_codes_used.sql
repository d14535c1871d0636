-- grain: one row per person, source table, kind, delivered code and concept it stands for, with its records
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
