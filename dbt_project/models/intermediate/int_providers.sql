-- grain: one row per provider of the CDM
with specialties as (

    select source_vocabulary_id, source_code, min(target_concept_id) as specialty_concept_id
    from {{ ref('int_concept_maps') }}
    where source_vocabulary_id in ('THINLIKE_ROLE', 'THINLIKE_SPECIALTY')
    group by all

)

select
    staff.* exclude (fate),
    case
        when staff.specialty is null and staff.role is null then null
        else coalesce(by_specialty.specialty_concept_id, by_role.specialty_concept_id, 0)
    end as specialty_concept_id
from {{ ref('int_staff_judged') }} as staff
left join specialties as by_specialty
    on staff.specialty = by_specialty.source_code and by_specialty.source_vocabulary_id = 'THINLIKE_SPECIALTY'
left join specialties as by_role
    on staff.role = by_role.source_code and by_role.source_vocabulary_id = 'THINLIKE_ROLE'
where staff.fate = 'loaded'
