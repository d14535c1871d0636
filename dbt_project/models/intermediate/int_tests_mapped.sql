-- grain: one row per delivered entity of additional health data and standard concept it stands for
with delivered as (

    select distinct entity_code, loinc, local_code from {{ ref('stg_thin__health_data') }}

),

-- the most exact name wins: LOINC, then the laboratory's own code, then the entity
targets as (

    select
        delivered.*,
        1 as preference,
        target.source_concept_id,
        target.target_concept_id,
        target.target_domain_id
    from delivered
    inner join {{ source('vocabulary', 'concept') }} as concept
        on concept.vocabulary_id = 'LOINC' and delivered.loinc = concept.concept_code
    inner join {{ ref('int_concepts_standard') }} as target on concept.concept_id = target.source_concept_id

    union all

    select delivered.*, 2, map.source_concept_id, map.target_concept_id, map.target_domain_id
    from delivered
    inner join {{ ref('int_concept_maps') }} as map
        on map.source_vocabulary_id = 'THINLIKE_LOCAL_TEST' and delivered.local_code = map.source_code

    union all

    select delivered.*, 3, map.source_concept_id, map.target_concept_id, map.target_domain_id
    from delivered
    inner join {{ ref('int_concept_maps') }} as map
        on map.source_vocabulary_id = 'THINLIKE_AHD' and delivered.entity_code = map.source_code

),

best_targets as (

    select * exclude (place)
    from (
        select *, rank() over (partition by entity_code, loinc, local_code order by preference) as place
        from targets
    ) as ranked
    where place = 1

)

select
    delivered.*,
    coalesce(target.target_concept_id, 0) as target_concept_id,
    coalesce(target.target_domain_id, 'Unmapped') as target_domain_id,
    coalesce(target.source_concept_id, 0) as source_concept_id,
    case
        when delivered.loinc is not null then 'LOINC'
        when delivered.local_code is not null then 'THINLIKE_LOCAL_TEST'
        else 'THINLIKE_AHD'
    end as code_system,
    coalesce(delivered.loinc, delivered.local_code, delivered.entity_code) as source_value,
    case
        when target.preference = 1 then 'exact'
        when target.preference > 1 then 'source_to_concept_map'
        else 'unmapped'
    end as mapping_level
from delivered
left join best_targets as target
    on
        delivered.entity_code = target.entity_code
        and delivered.loinc is not distinct from target.loinc
        and delivered.local_code is not distinct from target.local_code
