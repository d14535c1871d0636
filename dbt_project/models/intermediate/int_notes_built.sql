-- grain: one row per loaded text; the doctor and the visit are those of its consultation
select
    event.event_key,
    event.event_date,
    event.language,
    event.note_text,
    coalesce(language.language_concept_id, {{ concept('any_language') }}) as language_concept_id,
    person.person_id,
    visit.provider_id,
    visit_day.visit_occurrence_id,
    visit.visit_detail_id
from {{ ref('int_texts_screened') }} as event
inner join {{ ref('int_persons') }} as person on event.patient_key = person.patient_key
left join {{ ref('languages') }} as language on event.language = language.language
left join {{ ref('int_visits_built') }} as visit
    on event.consult_key = visit.consult_key and event.event_date = visit.event_date
left join {{ ref('int_visit_days') }} as visit_day
    on event.patient_key = visit_day.patient_key and event.event_date = visit_day.event_date
where event.reason is null and not event.is_repeat
