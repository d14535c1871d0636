{#- Where source() leads: views over the Parquet of the rooms raw and text and of the vocabulary, created before the first model. -#}

{% macro create_source_views() %}
    {% if execute %}
        {% for schema in ['raw', 'text', 'vocabulary'] %}
            {% do run_query('create schema if not exists ' ~ schema) %}
        {% endfor %}
        {% for source in graph.sources.values() %}
            {% set reader = read_vocabulary(source.name) if source.source_name == 'vocabulary'
                else read_table_of(source.source_name, source.name) %}
            {% do run_query(
                'create or replace view ' ~ source.source_name ~ '.' ~ source.name ~ ' as ' ~ reader
            ) %}
        {% endfor %}
    {% endif %}
{% endmacro %}

{% macro read_table_of(room, table) %}
    {% set folder = partition_value('THIN_' ~ room.upper()) ~ '/' ~ table
        ~ '/country=' ~ partition_value('THIN_COUNTRY')
        ~ '/snapshot=' ~ partition_value('THIN_SNAPSHOT') %}
    {% set is_encrypted = room == 'raw' and table in partition_value('THIN_ENCRYPTED', '').split(',') %}
    {{ return(adapter.dispatch('read_numbered_rows', 'thin_omop')(folder ~ '/data.parquet', is_encrypted)) }}
{% endmacro %}

{% macro read_vocabulary(table) %}
    {% set path = partition_value('THIN_VOCABULARY_DIR') ~ '/' ~ table ~ '.parquet' %}
    {{ return(adapter.dispatch('read_rows', 'thin_omop')(path)) }}
{% endmacro %}

{#- Without hive_partitioning=false the folders would add columns of their own, such as a second `country`. -#}
{% macro duckdb__read_rows(path, options='') %}
    {{ return("select * from read_parquet('" ~ path ~ "', hive_partitioning = false" ~ options ~ ")") }}
{% endmacro %}

{#- Rows with their position in the file, from 0: file_row_number. -#}
{% macro duckdb__read_numbered_rows(path, is_encrypted) %}
    {% set options = ', file_row_number = true' ~ (", encryption_config = {footer_key: 'raw'}" if is_encrypted else '') %}
    {{ return(duckdb__read_rows(path, options)) }}
{% endmacro %}

{% macro spark__read_rows(path) %}{{ return('select * from parquet.`' ~ path ~ '`') }}{% endmacro %}

{% macro spark__read_numbered_rows(path, is_encrypted) %}
    {% if is_encrypted %}
        {{ exceptions.raise_compiler_error('Spark reads no raw table that is encrypted') }}
    {% endif %}
    {{ return('select *, _metadata.row_index as file_row_number from parquet.`' ~ path ~ '`') }}
{% endmacro %}
