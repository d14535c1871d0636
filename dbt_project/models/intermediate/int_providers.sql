-- grain: one row per provider of the CDM
select
    staff.* exclude (fate),
    case
        when staff.specialty is null and staff.role is null then null
        else coalesce(specialty.concept_id, role.concept_id, 0)
    end as specialty_concept_id
from {{ ref('int_staff_judged') }} as staff
left join {{ ref('int_lookups_mapped') }} as specialty
    on specialty.source_vocabulary_id = 'THINLIKE_SPECIALTY' and staff.specialty = specialty.source_code
left join {{ ref('int_lookups_mapped') }} as role
    on role.source_vocabulary_id = 'THINLIKE_ROLE' and staff.role = role.source_code
where staff.fate = 'loaded'
