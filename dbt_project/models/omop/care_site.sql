-- grain: one row per practice
select
    practice_key as care_site_id,
    null::varchar as care_site_name,
    {{ concept('office_visit') }} as place_of_service_concept_id,
    {{ stable_id('location', 'region') }} as location_id,
    practice_pseudonym as care_site_source_value,
    left(practice_type, 50) as place_of_service_source_value
from {{ ref('int_practices_judged') }}
where fate = 'loaded'
order by care_site_id
