{#- Intervals of a person and concept that follow one another within `window` days become one era.

    relation        columns of `keys`, start_date, end_date (end included)
    keys            what an era has in common; the first is the person
    gap_days        days of the era that no interval covers; nothing is stockpiled -#}

{% macro eras(relation, window=30, keys=['person_id', 'concept_id']) %}
{%- set same = keys | join(', ') %}
with intervals as (

    select
        *,
        max(end_date) over (
            partition by {{ same }} order by start_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from {{ relation }}

),

numbered as (

    select
        *,
        count_if(coalesce(start_date > covered_until + {{ window }}, false)) over (
            partition by {{ same }} order by start_date, end_date rows unbounded preceding
        ) as era_number
    from intervals

)

select
    {{ same }},
    min(start_date) as start_date,
    max(end_date) as end_date,
    count(*)::integer as interval_count,
    sum(
        case when start_date > covered_until and start_date <= covered_until + {{ window }}
            then {{ days_between('covered_until', 'start_date') }} - 1 else 0 end
    )::integer as gap_days
from numbered
group by {{ same }}, era_number
{% endmacro %}
