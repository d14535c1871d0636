{#- Why an event is not loaded, before anyone asks whether its person is: the first reason that applies, else null.
    Expects the event's person as `person` (birth_year, death_date), left-joined. -#}

{% macro event_reason(event_date, is_valid='true') %}
    case
        when not coalesce({{ is_valid }}, false) then 'invalid_flag'
        when {{ event_date }} is null then 'missing_date'
        when {{ event_date }} > {{ cutoff() }} then 'future_date'
        when year({{ event_date }}) < person.birth_year then 'before_birth'
        when {{ event_date }} > person.death_date + 60 then 'after_death'
    end
{% endmacro %}

{#- True for all but the first of the valid rows that share a key. The order names every column that a CDM table
    shows, so that the choice does not depend on the order in which rows were read. -#}
{% macro is_repeat(keys, order_by) %}
    reason is null and row_number() over (partition by {{ keys | join(', ') }}, reason is null order by {{ order_by | join(', ') }}) > 1
{% endmacro %}
