{#- The text of whichever of data1..data6 a column names. -#}
{% macro data_of(name) %}
    case {{ name }}
        {%- for number in range(1, 7) %} when 'data{{ number }}' then data{{ number }}{% endfor %} end
{%- endmacro %}

{#- True where any of the data1..data6 that a list names holds something. -#}
{% macro any_data_of(names) %}
    (
        {%- for number in range(1, 7) %}
        (data{{ number }} is not null and list_contains({{ names }}, 'data{{ number }}')){{ " or" if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- Operator concept of a delivered comparison; null where none was delivered. -#}
{% macro operator_concept(operator) %}
    case {{ operator }}
        when 'OPR001' then {{ concept('less') }} when '<' then {{ concept('less') }}
        when 'OPR002' then {{ concept('less_or_equal') }} when '<=' then {{ concept('less_or_equal') }}
        when 'OPR003' then {{ concept('equal') }} when '=' then {{ concept('equal') }}
        when 'OPR004' then {{ concept('greater') }} when '>' then {{ concept('greater') }}
        when 'OPR005' then {{ concept('greater_or_equal') }} when '>=' then {{ concept('greater_or_equal') }}
    end
{%- endmacro %}
