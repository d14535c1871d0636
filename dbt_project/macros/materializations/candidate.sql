{#- A table of the candidate build: contract enforced, one Parquet file in the folder of its own name.

    dbt-duckdb's `external` writes a row of nulls where a table is empty; a CDM table may be empty, so this
    materialisation writes what the model says and nothing else. Later models read the file that was written. -#}

{% materialization candidate, adapter='duckdb' %}
    {%- set built = this.incorporate(path={'identifier': this.identifier ~ '__built'}, type='table') -%}
    {%- set target = this.incorporate(type='view') -%}
    {%- set location = external_location(this, config) -%}

    {{ run_hooks(pre_hooks) }}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement('main') %}{{ create_table_as(false, built, sql) }}{% endcall %}
    {% call statement('write') %}
        copy {{ built }} to '{{ location }}' (format parquet, compression zstd, row_group_size 122880)
    {% endcall %}
    {% call statement('read_back') %}
        drop table {{ built }};
        create view {{ target }} as select * from read_parquet('{{ location }}', hive_partitioning = false)
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}

    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- The folder exists before dbt starts: DuckDB makes none. -#}
{% macro external_location(relation, config) %}
    {{ return(partition_value('THIN_CANDIDATE') ~ '/' ~ relation.identifier ~ '/data.parquet') }}
{% endmacro %}
