-- grain: one row per loaded text; the doctor and the visit are those of its consultation
select
    event.event_key,
    event.event_date,
    event.language,
    event.note_text,
    -- 0 where the language is not told, or the vocabulary does not know it
    coalesce(known.concept_id, 0)::integer as language_concept_id,
    person.person_id,
    visit.provider_id,
    visit_day.visit_occurrence_id,
    visit.visit_detail_id
from {{ ref('int_texts_screened') }} as event
inner join {{ ref('int_persons_built') }} as person on event.patient_key = person.patient_key
left join {{ ref('languages') }} as language on event.language = language.language
left join {{ source('vocabulary', 'concept') }} as known on language.language_concept_id = known.concept_id
left join {{ ref('int_visits_built') }} as visit
    on event.consult_key = visit.visit_detail_id and event.event_date = visit.event_date
left join {{ ref('int_visit_days') }} as visit_day
    on {{ derived_id('event.patient_key', day='event.event_date') }} = visit_day.visit_occurrence_id
where event.reason is null and not event.is_repeat
