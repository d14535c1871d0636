-- grain: one row per person who enters data in a practice, as delivered
select
    practice_key,
    staff_key,
    staff_pseudonym,
    roleid as role,
    specialty,
    sex
from {{ source('raw', 'staff') }}
