-- grain: one row per delivered code and standard concept it stands for; concept 0 where it stands for none
with spellings as (

    select * from {{ ref('int_code_spellings') }}

),

known as (

    select spellings.*, concept.concept_id::integer as source_concept_id
    from spellings
    inner join {{ source('vocabulary', 'concept') }} as concept
        on spellings.vocabulary_id = concept.vocabulary_id and spellings.spelling = concept.concept_code

),

targets as (

    select
        known.* exclude (source_concept_id),
        1 as preference,
        target.target_concept_id,
        target.target_domain_id
    from known
    inner join {{ ref('int_concepts_standard') }} as target
        on known.source_concept_id = target.source_concept_id

    union all

    select spellings.*, 2, map.target_concept_id, map.target_domain_id
    from spellings
    inner join {{ ref('int_concept_maps') }} as map
        on spellings.vocabulary_id = map.source_vocabulary_id and spellings.spelling = map.source_code

),

-- the spelling closest to the delivered one decides, then the better vocabulary; all of its targets are kept
best_targets as (

    select * exclude (place)
    from (
        select
            *,
            rank() over (partition by code_system, code order by distance, priority, preference) as place
        from targets
    ) as ranked
    where place = 1

),

-- the source concept is the code itself, under any spelling of it, never its parent or translation
source_concepts as (

    select
        code_system,
        code,
        min_by(source_concept_id, (priority, distance, source_concept_id)) as source_concept_id
    from known
    where spelled in ('exact', 'respelled')
    group by code_system, code

),

delivered as (

    select distinct code_system, code from {{ ref('stg_thin__diagnoses') }}

)

select
    delivered.code_system,
    delivered.code,
    coalesce(target.target_concept_id, 0) as target_concept_id,
    coalesce(target.target_domain_id, 'Unmapped') as target_domain_id,
    coalesce(source.source_concept_id, 0) as source_concept_id,
    coalesce(target.spelled, 'unmapped') as mapping_level
from delivered
left join best_targets as target
    on delivered.code_system = target.code_system and delivered.code = target.code
left join source_concepts as source
    on delivered.code_system = source.code_system and delivered.code = source.code
