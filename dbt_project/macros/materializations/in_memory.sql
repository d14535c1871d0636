{#- Views and tables of the engine's memory, which is empty when a run starts: there is nothing to rename, to drop or
    to look up first, and dbt's own ways of doing so were a quarter of what a small partition costs here. -#}

{% materialization view, adapter='duckdb' %}
    {% do return(created(this.incorporate(type='view'), sql)) %}
{% endmaterialization %}

{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {% do return(created(this.incorporate(type='table'), sql)) %}
{% endmaterialization %}

{% macro created(target, query) %}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') %}
        create or replace {{ target.type }} {{ target }} as ({{ query }})
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmacro %}
