-- grain: one row per code of a delivered look-up list, with the one concept it stands for
select
    source_vocabulary_id,
    source_code,
    min(target_concept_id) as concept_id
from {{ ref('int_concept_maps') }}
where
    source_vocabulary_id in (
        'THINLIKE_CONSTYPE',
        'THINLIKE_PVI',
        'THINLIKE_ROLE',
        'THINLIKE_ROUTE',
        'THINLIKE_SPECIALTY',
        'THINLIKE_UNIT'
    )
group by source_vocabulary_id, source_code
