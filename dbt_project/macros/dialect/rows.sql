{#- Rows. What DuckDB and Spark say with the same words stands in the models; of the rest each
    engine has its own macro. What differs without an error is told in docs/explanation/engines.md. -#}

{#- A row for each whole number from `first` up to `end`, and without it; none where there is none. -#}
{% macro each_number(first, end) %}{{ return(adapter.dispatch('each_number', 'thin_omop')(first, end)) }}{% endmacro %}

{% macro duckdb__each_number(first, end) -%}
    unnest(range({{ first }}, {{ end }}))
{%- endmacro %}

{% macro spark__each_number(first, end) -%}
    explode(if({{ end }} > {{ first }}, sequence({{ first }}, {{ end }} - 1), array()))
{%- endmacro %}

{#- Rows of several tables of this run (`scratch`), columns by their names; null where one has no such column.
    DuckDB 1.5 sorts what one scan of all their files reads within its memory, and what a union of scans reads not:
    it runs out of memory before it spills. Whoever asks where columns come from (`dbt compile`) is told the union. -#}
{% macro union_by_name(relations) %}{{ return(adapter.dispatch('union_by_name', 'thin_omop')(relations)) }}{% endmacro %}

{% macro duckdb__union_by_name(relations) -%}
    {%- if execute and flags.WHICH == 'build' %}
select * from read_parquet([
    {%- for relation in relations %}
    '{{ scratch_file(relation) }}'{{ ',' if not loop.last }}
    {%- endfor %}
], union_by_name = true, hive_partitioning = false)
    {%- else %}
    {%- for relation in relations %}
select * from {{ relation }}
{%- if not loop.last %}
union all by name
{%- endif %}
    {%- endfor %}
    {%- endif %}
{%- endmacro %}

{% macro spark__union_by_name(relations) -%}
    {%- set columns, names = {}, [] -%}
    {%- for relation in relations if execute -%}
        {%- do columns.update({relation.identifier: run_query('select * from ' ~ relation ~ ' limit 0').column_names}) -%}
        {%- for name in columns[relation.identifier] if name not in names %}{% do names.append(name) %}{% endfor -%}
    {%- endfor -%}
    {%- for relation in relations %}
select
    {%- for name in names %}
    {{ name if name in columns[relation.identifier] else 'null as ' ~ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
{%- if not loop.last %}
union all
{%- endif %}
    {%- endfor %}
{%- endmacro %}
