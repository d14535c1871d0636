-- grain: one row per person who enters data in a practice; not always the one who prescribed
select
    provider_id,
    null::varchar as provider_name,
    null::varchar as npi,
    null::varchar as dea,
    specialty_concept_id,
    practice_key as care_site_id,
    null::integer as year_of_birth,
    case sex
        when '1' then {{ concept('male') }}
        when '2' then {{ concept('female') }}
    end as gender_concept_id,
    staff_pseudonym as provider_source_value,
    left(coalesce(specialty, role), 50) as specialty_source_value,
    if(coalesce(specialty, role) is null, null, 0) as specialty_source_concept_id,
    sex as gender_source_value,
    if(sex is null, null, 0) as gender_source_concept_id
from {{ ref('int_providers') }}
order by provider_id
