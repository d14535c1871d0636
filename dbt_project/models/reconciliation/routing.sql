-- grain: one row per source table and CDM table, with the rows the one became in the other
with routed as (

    select source_table, cdm_table, rows from {{ ref('int_rows_routed') }}
    union all
    select 'patient', 'person', count(*) from {{ ref('int_persons') }}
    union all
    select 'practice', 'care_site', count(*) from {{ ref('int_practices_judged') }} where fate = 'loaded'
    union all
    select 'staff', 'provider', count(*) from {{ ref('int_providers') }}

)

select source_table, cdm_table, sum(rows)::bigint as rows
from routed
where rows > 0
group by source_table, cdm_table
order by source_table, cdm_table
