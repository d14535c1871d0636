{#- Limits of the engine for this run: THIN_MEMORY_LIMIT, and THIN_SPILL for what does not fit. -#}

{% macro limit_engine() %}
    {% if execute %}
        {% do run_query("set memory_limit = '" ~ env_var('THIN_MEMORY_LIMIT', '4GB') ~ "'") %}
        {% do run_query("set temp_directory = '" ~ env_var('THIN_SPILL', '.spill') ~ "'") %}
    {% endif %}
{% endmacro %}
