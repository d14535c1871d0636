-- grain: one row per source code of the project's own and of reviewed maps, and standard concept of it
-- a map that a review has replaced is marked as updated (invalid_reason U) when the vocabulary is loaded
select
    map.source_vocabulary_id,
    map.source_code,
    map.source_concept_id::integer as source_concept_id,
    target.concept_id::integer as target_concept_id,
    target.domain_id as target_domain_id
from {{ source('vocabulary', 'source_to_concept_map') }} as map
inner join {{ source('vocabulary', 'concept') }} as target on map.target_concept_id = target.concept_id
where
    map.invalid_reason is null
    and {{ cutoff() }} between map.valid_start_date and map.valid_end_date
    and target.standard_concept = 'S'
    and target.invalid_reason is null
group by all
