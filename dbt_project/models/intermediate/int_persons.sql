-- grain: one row per person of the CDM
select
    patient.*,
    patient.patient_key as person_id,
    practice.practice_key as care_site_id,
    {{ stable_id('location', 'coalesce(patient.region, practice.region)') }} as location_id
from {{ ref('int_patients_judged') }} as patient
left join {{ ref('int_practices_judged') }} as practice
    on patient.practice_key = practice.practice_key and practice.fate = 'loaded'
where patient.fate = 'loaded'
