-- grain: one row per concept and standard concept it maps to; a standard concept maps to itself
with pairs as (

    select concept_id_1 as source_concept_id, concept_id_2 as target_concept_id
    from {{ source('vocabulary', 'concept_relationship') }}
    where relationship_id = 'Maps to' and invalid_reason is null

    union

    select concept_id as source_concept_id, concept_id as target_concept_id
    from {{ source('vocabulary', 'concept') }}
    where standard_concept = 'S' and invalid_reason is null

)

select
    pairs.source_concept_id::integer as source_concept_id,
    target.concept_id::integer as target_concept_id,
    target.domain_id as target_domain_id
from pairs
inner join {{ source('vocabulary', 'concept') }} as target on pairs.target_concept_id = target.concept_id
where target.standard_concept = 'S' and target.invalid_reason is null
