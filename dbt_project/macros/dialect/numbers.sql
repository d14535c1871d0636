{#- Numbers and days. What DuckDB and Spark say with the same words stands in the models; of the rest each
    engine has its own macro. What differs without an error is told in docs/explanation/engines.md. -#}

{#- Days from one date to another. -#}
{% macro days_between(start, end) %}{{ return(adapter.dispatch('days_between', 'thin_omop')(start, end)) }}{% endmacro %}

{% macro duckdb__days_between(start, end) -%}
    (({{ end }}) - ({{ start }}))
{%- endmacro %}

{% macro spark__days_between(start, end) -%}
    datediff({{ end }}, {{ start }})
{%- endmacro %}

{#- The bits that are set in one of two numbers. -#}
{% macro exclusive_or(one, other) %}{{ return(adapter.dispatch('exclusive_or', 'thin_omop')(one, other)) }}{% endmacro %}

{% macro duckdb__exclusive_or(one, other) -%}
    xor({{ one }}, {{ other }})
{%- endmacro %}

{% macro spark__exclusive_or(one, other) -%}
    (({{ one }}) ^ ({{ other }}))
{%- endmacro %}

{#- The whole number nearest to a number; of two as near, the even one. -#}
{% macro nearest_integer(number) %}{{ return(adapter.dispatch('nearest_integer', 'thin_omop')(number)) }}{% endmacro %}

{% macro duckdb__nearest_integer(number) -%}
    ({{ number }})::integer
{%- endmacro %}

{#- Spark's cast cuts the decimals off. -#}
{% macro spark__nearest_integer(number) -%}
    rint({{ number }})::integer
{%- endmacro %}

{#- The double that a text states; null where it states none. -#}
{% macro double_of(text) %}{{ return(adapter.dispatch('double_of', 'thin_omop')(text)) }}{% endmacro %}

{% macro duckdb__double_of(text) -%}
    try_cast({{ text }} as double)
{%- endmacro %}

{#- Java takes `5d` for a number, and neither `1_000` nor `-nan`. -#}
{% macro spark__double_of(text) -%}
    {%- set digits = '[0-9]+(_[0-9]+)*' -%}
    {%- set number = '(' ~ digits ~ '[.]?(' ~ digits ~ ')?|[.]' ~ digits ~ ')(e[+-]?' ~ digits ~ ')?' -%}
    case
        when regexp_like({{ text }}, r'(?i)^\s*[+-]?({{ number }}|inf(inity)?)\s*\z')
            then try_cast(replace({{ text }}, '_', '') as double)
        when regexp_like({{ text }}, r'(?i)^\s*[+-]?nan\s*\z') then double('nan')
    end
{%- endmacro %}

{#- A number of at most six decimals, none of them negative, as DuckDB writes a double: 0.5, 12.0, 1e-06. -#}
{% macro text_of_double(number) %}{{ return(adapter.dispatch('text_of_double', 'thin_omop')(number)) }}{% endmacro %}

{% macro duckdb__text_of_double(number) -%}
    ({{ number }})::varchar
{%- endmacro %}

{% macro spark__text_of_double(number) -%}
    {%- set millionths = 'rint((' ~ number ~ ') * 1000000)' -%}
    case
        when {{ number }} >= 1e16 then replace(replace(({{ number }})::string, '.0E', 'E'), 'E', 'e+')
        when {{ millionths }} between 1 and 9 then {{ millionths }}::integer || 'e-06'
        when {{ millionths }} between 10 and 99
            then regexp_replace(({{ millionths }} / 10)::decimal(2, 1)::string, '[.]0$', '') || 'e-05'
        else regexp_replace(({{ number }})::decimal(24, 6)::string, '([.][0-9])(|[0-9]*[1-9])0*$', '$1$2')
    end
{%- endmacro %}
