-- grain: one row per person of the CDM whose rows are built here: all, but for those that are carried
{%- set carried = ref('int_persons_carried') %}
select person.*
from {{ ref('int_persons') }} as person
{%- if carries() %}
anti join {{ carried }} as carried on person.person_id = carried.person_id
{%- endif %}
