{#- A CDM table that this source has nothing for: every column of its contract, typed, and no row. -#}

{% macro empty_cdm_table() %}
select
    {%- for column in model.columns.values() %}
    cast(null as {{ column.data_type }}) as {{ adapter.quote(column.name) }}{{ "," if not loop.last }}
    {%- endfor %}
where false
{%- endmacro %}
