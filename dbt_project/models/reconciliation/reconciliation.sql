-- grain: one row per source table, fate and reason: what became of every delivered row
with fates as (

    select 'practice' as source_table, fate, reason from {{ ref('int_practices_judged') }}
    union all
    select 'staff', fate, null from {{ ref('int_staff_judged') }}
    union all
    select 'patient', fate, reason from {{ ref('int_patients_judged') }}
    union all
    select source_table, fate, reason from {{ ref('int_events_judged') }}
    union all
    -- rows that the raw room could not read or type
    select source_table, 'rejected', reason
    from {{ source('raw', 'rejected') }}
    where source_table not like 'lookup%'

),

counted as (

    select source_table, fate, reason, count(*) as source_rows
    from fates
    group by source_table, fate, reason

),

targets as (

    select source_table, sum(rows)::bigint as target_rows from {{ ref('routing') }} group by source_table

)

select
    counted.source_table,
    counted.reason,
    counted.fate,
    counted.source_rows,
    if(counted.fate = 'loaded', coalesce(targets.target_rows, 0), 0) as target_rows
from counted
left join targets on counted.source_table = targets.source_table
order by counted.source_table, counted.fate, counted.reason nulls last
