-- grain: one row per loaded consultation; consultations of a person on one day make one visit
with consultations as (

    select event.*, person.person_id, person.care_site_id
    from {{ ref('int_consultations_screened') }} as event
    inner join {{ ref('int_persons_built') }} as person on event.patient_key = person.patient_key
    where event.reason is null and not event.is_repeat

)

select
    consultation.event_date,
    consultation.person_id,
    consultation.care_site_id,
    consultation.consultation_type,
    consultation.consult_key as visit_detail_id,
    {{ derived_id('consultation.patient_key', day='consultation.event_date') }} as visit_occurrence_id,
    -- a consultation of a kind we do not know is still a contact outside hospital
    coalesce(kind.concept_id, {{ concept('outpatient_visit') }}) as visit_concept_id,
    provider.provider_id,
    coalesce(contact.is_contact, true) as is_contact,
    -- who speaks for the day: a general practitioner, then any known specialty, then the rest, then a letter
    case
        when not contact.is_contact then 4
        when provider.specialty_concept_id = {{ concept('general_practice') }} then 1
        when provider.specialty_concept_id > 0 then 2
        else 3
    end as provider_rank
from consultations as consultation
left join {{ ref('int_lookups_mapped') }} as kind
    on kind.source_vocabulary_id = 'THINLIKE_CONSTYPE' and consultation.consultation_type = kind.source_code
left join {{ ref('consultation_kinds') }} as contact
    on consultation.consultation_type = contact.consultation_type
left join {{ ref('int_providers') }} as provider on consultation.staff_key = provider.staff_key
