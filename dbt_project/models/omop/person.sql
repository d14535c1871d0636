-- grain: one row per person in one practice; a person who changes practice is a new person in this source
select
    person.person_id,
    if(sex = '1', {{ concept('male') }}, {{ concept('female') }}) as gender_concept_id,

    -- the month of birth is delivered for children only, the day for nobody
    birth_year::integer as year_of_birth,
    birth_month::integer as month_of_birth,
    null::integer as day_of_birth,
    null::timestamp as birth_datetime,

    -- not recorded in this source
    {{ concept('unmapped') }} as race_concept_id,
    {{ concept('unmapped') }} as ethnicity_concept_id,

    person.location_id,
    -- the usual doctor, where one was seen
    doctor.provider_id,
    person.care_site_id,

    -- as the source said it: the key is a pseudonym
    patient_pseudonym as person_source_value,
    sex as gender_source_value,
    0 as gender_source_concept_id,
    null::varchar as race_source_value,
    null::integer as race_source_concept_id,
    null::varchar as ethnicity_source_value,
    null::integer as ethnicity_source_concept_id
from {{ ref('int_persons_built') }} as person
left join {{ ref('int_usual_doctors') }} as doctor on person.person_id = doctor.person_id
order by person.person_id
