-- grain: one row per delivered unit; concept 0 where the unit is written but not known
with delivered as (

    select distinct coalesce(unit_text, data3) as unit
    from {{ ref('stg_thin__health_data') }}
    where unit_text is not null or data3 is not null

)

select
    delivered.unit,
    coalesce(min(listed.concept_id), min(ucum.concept_id::integer), 0) as unit_concept_id
from delivered
left join {{ ref('int_lookups_mapped') }} as listed
    on listed.source_vocabulary_id = 'THINLIKE_UNIT' and delivered.unit = listed.source_code
left join {{ source('vocabulary', 'concept') }} as ucum
    on ucum.vocabulary_id = 'UCUM' and ucum.standard_concept = 'S' and delivered.unit = ucum.concept_code
group by delivered.unit
