-- grain: one row per loaded text and concept it states of the patient; what is denied is no event
with stated as (

    select
        mention.event_key,
        mention.concept_id,
        concept.domain_id,
        bool_and(mention.is_past) as is_history,
        min(mention.term) as term
    from {{ ref('int_mentions') }} as mention
    inner join {{ source('vocabulary', 'concept') }} as concept
        on mention.concept_id = concept.concept_id and concept.standard_concept = 'S'
    where mention.is_stated
    group by mention.event_key, mention.concept_id, concept.domain_id

)

select
    {{ from_table('text') }} as source_table,
    note.event_key,
    note.person_id,
    note.event_date,
    stated.concept_id as target_concept_id,
    -- what the patient once had is nothing of today
    if(stated.is_history, {{ concept('history_of_event') }}, stated.concept_id) as concept_id,
    if(
        stated.is_history, {{ to_cdm_table('observation') }}, {{ cdm_table('stated.domain_id') }}
    ) as cdm_table,
    if(stated.is_history, stated.concept_id, null) as value_as_concept_id,
    0 as source_concept_id,
    'THINLIKE_LEXICON' as code_system,
    stated.term as source_value,
    {{ concept('nlp') }} as type_concept_id,
    note.provider_id,
    note.visit_occurrence_id,
    note.visit_detail_id
from stated
inner join {{ ref('int_notes_built') }} as note on stated.event_key = note.event_key
