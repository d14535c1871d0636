{#- Texts. What DuckDB and Spark say with the same words stands in the models; of the rest each
    engine has its own macro. What differs without an error is told in docs/explanation/engines.md. -#}

{#- Whether a pattern tells all of a text. -#}
{% macro is_wholly(text, pattern) %}{{ return(adapter.dispatch('is_wholly', 'thin_omop')(text, pattern)) }}{% endmacro %}

{% macro duckdb__is_wholly(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__is_wholly(text, pattern) -%}
    regexp_like({{ text }}, r'^(?:{{ pattern }})\z')
{%- endmacro %}

{#- The letters and digits of a text, and nothing that stands between them. -#}
{% macro letters_and_digits(text) %}{{ return(adapter.dispatch('letters_and_digits', 'thin_omop')(text)) }}{% endmacro %}

{% macro duckdb__letters_and_digits(text) -%}
    regexp_replace({{ text }}, '[^A-Za-z0-9]', '', 'g')
{%- endmacro %}

{% macro spark__letters_and_digits(text) -%}
    regexp_replace({{ text }}, '[^A-Za-z0-9]', '')
{%- endmacro %}

{#- One of a few names that every row of a long table repeats. An ENUM of DuckDB's goes to Parquet as the dictionary it
    is, six times as fast as text whose repetition has to be found; it is read back as text. -#}
{% macro repeated_name(name, names) %}{{ return(adapter.dispatch('repeated_name', 'thin_omop')(name, names)) }}{% endmacro %}

{% macro duckdb__repeated_name(name, names) -%}
    '{{ name }}'::enum('{{ names | join("', '") }}')
{%- endmacro %}

{% macro spark__repeated_name(name, names) -%}
    '{{ name }}'
{%- endmacro %}
