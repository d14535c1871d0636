{#- Ids: the twins of `thin_assets.domain.identity`.

    A null part makes the id null: a foreign key then points nowhere, and a primary key is refused at the
    seal; a skipped null would have made two keys one. -#}

{#- The id of what a key, a concept and a day identify together; nothing is hashed again.

    key        63-bit number of the raw room: a patient's, a record's
    concept    expression: a concept id, or none
    day        expression: a date, or none -#}
{% macro derived_id(key, concept=none, day=none) %}
    {%- set parts = [key] -%}
    {%- if concept is not none %}{% do parts.append('((' ~ concept ~ ')::bigint << 22)') %}{% endif -%}
    {%- if day is not none %}{% do parts.append('(' ~ days_between("date '0001-01-01'", day) ~ ' + 1)') %}{% endif -%}
    {{ return(parts[0] if parts | length == 1 else exclusive_or(parts[0], parts[1:] | join(' | '))) }}
{% endmacro %}

{#- A 63-bit id of what only words identify: the country by itself, then the kind of thing, then the words. -#}
{% macro stable_id(kind) %}
    {{ return(adapter.dispatch('stable_id', 'thin_omop')(kind, varargs)) }}
{% endmacro %}

{% macro duckdb__stable_id(kind, parts) %}
    {%- set keys = [country(), "'" ~ kind ~ "'"] -%}
    {%- for part in parts %}{% do keys.append('(' ~ part ~ ')::varchar') %}{% endfor -%}
    {{ return('(md5_number_upper(' ~ keys | join(" || chr(31) || ") ~ ') >> 1)::bigint') }}
{% endmacro %}

{#- Spark has the digest as text: its first eight bytes are turned round, for they are read little-endian. -#}
{% macro spark__stable_id(kind, parts) %}
    {%- set keys = [country(), "'" ~ kind ~ "'"] -%}
    {%- for part in parts %}{% do keys.append('(' ~ part ~ ')::string') %}{% endfor -%}
    {%- set digits = 'left(md5(' ~ keys | join(" || chr(31) || ") ~ '), 16)' -%}
    {%- set turned = "regexp_replace(" ~ digits ~ ", '(..)(..)(..)(..)(..)(..)(..)(..)', '$8$7$6$5$4$3$2$1')" -%}
    {{ return('(conv(' ~ turned ~ ', 16, -10)::bigint >>> 1)') }}
{% endmacro %}
