{#- The text of whichever of data1..data6 a column names. -#}
{% macro data_of(name) %}
    case {{ name }}
        {%- for number in range(1, 7) %} when 'data{{ number }}' then data{{ number }}{% endfor %} end
{%- endmacro %}

{#- True where any of the data1..data6 that a list names holds something. -#}
{% macro any_data_of(names) %}
    (
        {%- for number in range(1, 7) %}
        (data{{ number }} is not null and array_contains({{ names }}, 'data{{ number }}')){{ " or" if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- The number that a text states; it may be written with a decimal comma, or behind a comparison: `<0,5`. -#}
{% macro number_of(text) %}
    coalesce(
        {{ double_of(text) }},
        {{ double_of("replace(trim(leading '<>=≤≥ ' from " ~ text ~ "), ',', '.')") }}
    )
{%- endmacro %}

{#- The comparison written before a number; null where there is none. -#}
{% macro comparison_of(text) %}nullif(regexp_extract({{ text }}, '^ *([<>]=?|[=≤≥])', 1), ''){% endmacro %}

{#- Operator concept of a delivered comparison; null where none was delivered. -#}
{% macro operator_concept(operator) %}
    case
        when {{ operator }} in ('OPR001', '<') then {{ concept('less') }}
        when {{ operator }} in ('OPR002', '<=', '≤') then {{ concept('less_or_equal') }}
        when {{ operator }} in ('OPR003', '=') then {{ concept('equal') }}
        when {{ operator }} in ('OPR004', '>') then {{ concept('greater') }}
        when {{ operator }} in ('OPR005', '>=', '≥') then {{ concept('greater_or_equal') }}
    end
{%- endmacro %}
