-- grain: one row per source table, CDM table and, where the next month needs it, person: rows of events
{%- set person = 'person_id' if keeps() else 'null::bigint' %}
select source_table, cdm_table, {{ person }} as person_id, count(*) as rows
from {{ ref('int_stem') }}
group by all
union all
select 'text', 'note', {{ person }}, count(*)
from {{ ref('int_notes_built') }}
group by all
union all
select 'consult', 'visit_detail', {{ person }}, count(*)
from {{ ref('int_visits_built') }}
group by all
