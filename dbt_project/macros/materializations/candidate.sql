{#- A table of the candidate build: one Parquet file in the folder of its own name, its columns and types those of
    the contract. What its rows promise is judged at the seal, on the file.

    dbt-duckdb's `external` writes a row of nulls where a table is empty; a CDM table may be empty, so this
    materialisation writes what the model says and nothing else. Later models read the file that was written. -#}

{% materialization candidate, adapter='duckdb' %}
    {%- set file = '/' ~ this.identifier ~ '/data.parquet' -%}
    {%- set query = get_select_subquery(sql) -%}
    {%- if carries() and config.get('meta', {}).get('carried') -%}
        {%- set query = with_carried(query, partition_value('THIN_CARRY_FROM') ~ file) ~ order_of_persons() -%}
    {%- endif -%}
    {% do return(written_to(partition_value('THIN_CANDIDATE') ~ file, get_assert_columns_equivalent(sql), query, 'zstd')) %}
{% endmaterialization %}

{#- What an incremental build of the next month starts from: Parquet beside the candidate, where it is to be kept; else
    a view. -#}

{% materialization kept, adapter='duckdb' %}
    {%- if not keeps() -%}
        {% do return(created(this.incorporate(type='view'), not_kept(sql))) %}
    {%- endif -%}
    {%- set query = sql -%}
    {%- if carries() and config.get('meta', {}).get('carried') -%}
        {%- set query = with_carried(sql, partition_value('THIN_CARRY_FROM') ~ '/carried/' ~ this.identifier ~ '.parquet') -%}
    {%- endif -%}
    {% do return(written_to(partition_value('THIN_CARRY_TO') ~ '/' ~ this.identifier ~ '.parquet', '', query, 'zstd')) %}
{% endmaterialization %}

{#- Of a build that keeps nothing: what is only compared is not even planned, what is counted from is read as it is. -#}

{% macro not_kept(sql) %}
    {{ return('select 1 as nothing where false' if config.get('meta', {}).get('only_kept') else sql) }}
{% endmacro %}

{#- A table of this run alone: Parquet in the folder for what does not fit in memory. It is written as fast as a
    table in memory, read faster where columns repeat their values, and takes no memory. LZ4 is a little larger than
    Zstandard, and cheaper to write. -#}

{% materialization scratch, adapter='duckdb' %}
    {% do return(written_to(scratch_file(this), '', sql, 'lz4_raw')) %}
{% endmaterialization %}

{% macro scratch_file(relation) %}
    {{- return(env_var('THIN_SPILL', '.spill') ~ '/' ~ relation.identifier ~ '.parquet') -}}
{% endmacro %}

{#- Write a query to a Parquet file, and leave a view of it. The folder exists before dbt starts. -#}

{% macro written_to(location, asserted, query, compression) %}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {{ asserted }}
    {% call statement('main') %}
        copy ({{ query }}) to '{{ location }}' (format parquet, compression {{ compression }}, row_group_size 122880)
    {% endcall %}
    {% call statement('read_back') %}
        create or replace view {{ target }} as select * from read_parquet('{{ location }}', hive_partitioning = false)
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmacro %}
