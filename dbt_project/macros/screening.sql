{#- Which delivered events are loaded. An event that is not has a reason of its own, or says again what another says.

    Both are known without writing the events anew: the reason from the row and its person, the repeats from a
    short list of rows, for few keys occur twice. -#}

{#- Delivered events, with why their own columns forbid loading them: the first reason that applies, else null. -#}
{% macro judged(events) %}
{%- set is_valid = {
    'diagnoses': "event.row_flag in ('R', 'S')",
    'prescriptions': "event.row_flag = 'Y'",
    'health_data': "event.row_flag = 'Y'",
} -%}
select
    event.*,
    case
        when not coalesce({{ is_valid.get(events, 'true') }}, false) then 'invalid_flag'
        when event.event_date is null then 'missing_date'
        when event.event_date > {{ cutoff() }} then 'future_date'
        when year(event.event_date) < person.birth_year then 'before_birth'
        when event.event_date > person.death_date + 60 then 'after_death'
    end as reason
from {{ ref('stg_thin__' ~ events) }} as event
left join {{ ref('int_patients_eligible') }} as person on event.patient_key = person.patient_key
{% endmacro %}

{#- Delivered events, with their reason and whether they say again what another says. -#}
{% macro screened(events) %}
select
    event.*,
    repeated.row_position is not null as is_repeat
from ({{ judged(events) }}) as event
left join {{ ref('int_' ~ events ~ '_repeated') }} as repeated on event.row_position = repeated.row_position
{% endmacro %}

{#- Positions of all but the first of the valid rows that share a key.

    keys        columns that are never null in a valid row
    order_by    every column that a CDM table shows, so that the choice does not depend on the order of reading -#}
{% macro repeated(events, keys, order_by) %}
with valid as not materialized (

    select * from ({{ judged(events) }}) as event where reason is null

),

recurring as (

    select {{ keys | join(', ') }} from valid group by all having count(*) > 1

),

ranked as (

    select
        valid.row_position,
        row_number() over (partition by {{ keys | join(', ') }} order by {{ in_order(order_by) }}) as copy_number
    from valid
    inner join recurring using ({{ keys | join(', ') }})

)

select row_position from ranked where copy_number > 1
{% endmacro %}
