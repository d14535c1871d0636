-- grain: one row per person known to have died; the cause is not taken from primary care
select
    person_id,
    death_date,
    death_date::timestamp as death_datetime,
    {{ concept('ehr') }} as death_type_concept_id,
    null::integer as cause_concept_id,
    null::varchar as cause_source_value,
    null::integer as cause_source_concept_id
from {{ ref('int_persons') }}
where death_date is not null
order by person_id
