{#- Limits of the engine for this run: THIN_MEMORY_LIMIT, and THIN_SPILL for what does not fit. -#}

{% macro limit_engine() %}
    {% if execute %}{% do adapter.dispatch('limit_engine', 'thin_omop')() %}{% endif %}
{% endmacro %}

{% macro duckdb__limit_engine() %}
    {% do run_query("set memory_limit = '" ~ env_var('THIN_MEMORY_LIMIT', '4GB') ~ "'") %}
    {% do run_query("set temp_directory = '" ~ env_var('THIN_SPILL', '.spill') ~ "'") %}
{% endmacro %}

{#- Spark was told before it started. dbt-spark turns off, with every statement, that a number too large or a text
    that is no number is an error; DuckDB refuses them, and so does Spark here. -#}
{% macro spark__limit_engine() %}
    {% do adapter.config.credentials.server_side_parameters.update({'spark.sql.ansi.enabled': 'true'}) %}
{% endmacro %}
