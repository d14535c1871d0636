{#- True for all but the first of the valid rows that share a key. The order names every column that a CDM table
    shows, so that the choice does not depend on the order in which rows were read. -#}
{% macro is_repeat(keys, order_by) %}
    reason is null and row_number() over (partition by {{ keys | join(', ') }}, reason is null order by {{ in_order(order_by) }}) > 1
{% endmacro %}

{#- What rows are ordered by, nulls at the end: engines do not agree on where they are. -#}
{% macro in_order(columns) %}{{ columns | join(' nulls last, ') }} nulls last{% endmacro %}
