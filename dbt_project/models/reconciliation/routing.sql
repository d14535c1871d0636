-- grain: one row per source table and CDM table, with the rows the one became in the other
with routed as (

    select source_table, cdm_table from {{ ref('int_stem') }}
    union all
    select 'text', 'note' from {{ ref('int_notes_built') }}
    union all
    select 'consult', 'visit_detail' from {{ ref('int_visits_built') }}
    union all
    select 'patient', 'person' from {{ ref('int_persons') }}
    union all
    select 'practice', 'care_site' from {{ ref('int_practices_judged') }} where fate = 'loaded'
    union all
    select 'staff', 'provider' from {{ ref('int_providers') }}

)

select source_table, cdm_table, count(*) as rows
from routed
group by source_table, cdm_table
order by source_table, cdm_table
