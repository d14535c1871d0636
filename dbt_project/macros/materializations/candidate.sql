{#- A table of the candidate build: one Parquet file in the folder of its own name, its columns and types those of
    the contract. What its rows promise is judged at the seal, on the file.

    dbt-duckdb's `external` writes a row of nulls where a table is empty; a CDM table may be empty, so this
    materialisation writes what the model says and nothing else. Later models read the file that was written. -#}

{% materialization candidate, adapter='duckdb' %}
    {%- set location = partition_value('THIN_CANDIDATE') ~ '/' ~ this.identifier ~ '/data.parquet' -%}
    {% do return(written_to(location, get_assert_columns_equivalent(sql), get_select_subquery(sql), 'zstd')) %}
{% endmaterialization %}

{#- A table of this run alone: Parquet in the folder for what does not fit in memory. It is written as fast as a
    table in memory, read faster where columns repeat their values, and takes no memory. LZ4 is a little larger than
    Zstandard, and cheaper to write. -#}

{% materialization scratch, adapter='duckdb' %}
    {%- set location = env_var('THIN_SPILL', '.spill') ~ '/' ~ this.identifier ~ '.parquet' -%}
    {% do return(written_to(location, '', sql, 'lz4_raw')) %}
{% endmaterialization %}

{#- Write a query to a Parquet file, and leave a view of it. The folder exists before dbt starts. -#}

{% macro written_to(location, asserted, query, compression) %}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {{ asserted }}
    {% call statement('main') %}
        copy ({{ query }}) to '{{ location }}' (format parquet, compression {{ compression }}, row_group_size 122880)
    {% endcall %}
    {% call statement('read_back') %}
        create view {{ target }} as select * from read_parquet('{{ location }}', hive_partitioning = false)
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmacro %}
