{#- A 63-bit id from a natural key: the twin of `thin_assets.domain.identity.stable_id`.

    The country comes first by itself, then the kind of thing, then the parts. Joined with ||, so that one null
    part makes the id null: a foreign key then points nowhere, and a primary key is refused by its constraint;
    a skipped null would have made two keys one. -#}

{% macro stable_id(kind) %}
    {{ return(adapter.dispatch('stable_id', 'thin_omop')(kind, varargs)) }}
{% endmacro %}

{% macro duckdb__stable_id(kind, parts) %}
    {%- set keys = [country(), "'" ~ kind ~ "'"] -%}
    {%- for part in parts %}{% do keys.append('(' ~ part ~ ')::varchar') %}{% endfor -%}
    {{ return('(md5_number_upper(' ~ keys | join(" || chr(31) || ") ~ ') >> 1)::bigint') }}
{% endmacro %}
