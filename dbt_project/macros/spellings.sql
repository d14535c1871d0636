{#- A delivered code as its vocabulary spells it.

    ICD         without the marks of ICD-10-GM (! * + and the dagger), with the dot after the third character, of an
                external cause of ICD-9-CM after the fourth
    Read v2     five characters and the term code 00, which is the preferred term -#}
{% macro normal_code(vocabulary, code) %}
    {%- set bare = letters_and_digits(code) -%}
    case
        when {{ vocabulary }} = 'ICD9CM' and left({{ code }}, 1) = 'E' then {{ dotted(bare, 4) }}
        when {{ is_icd(vocabulary) }} then {{ dotted(bare, 3) }}
        when {{ vocabulary }} = 'Read' then left({{ code }}, 5) || '00'
        else {{ code }}
    end
{% endmacro %}

{% macro is_icd(vocabulary) %}left({{ vocabulary }}, 3) in ('ICD', 'CIM'){% endmacro %}

{#- A code with a dot after so many characters, where it has more. -#}
{% macro dotted(code, after) %}
    left({{ code }}, {{ after }}) || if(len({{ code }}) > {{ after }}, '.' || substr({{ code }}, {{ after + 1 }}), '')
{%- endmacro %}

{#- What the spellings of one product have in common, within a family of code systems (seeds/drug_code_systems.csv).

    CIP     CIP13 is 34009, the CIP7 and a check digit
    PZN     8 digits; 7 before 2013, without the leading 0
    AIC     9 digits, of which programs drop leading zeros
    CNK     7 digits, likewise
    CN      6 digits, and a check digit that not all write -#}
{% macro product_form(system, code) %}
    case {{ system }}
        when 'CIP13' then if({{ is_wholly(code, '34009[0-9]{8}') }}, substr({{ code }}, 6, 7), {{ code }})
        when 'PZN' then {{ zero_filled(code, 8) }}
        when 'AIC' then {{ zero_filled(code, 9) }}
        when 'CNK' then {{ zero_filled(code, 7) }}
        when 'CN' then if({{ is_wholly(code, '[0-9]{7}') }}, left({{ code }}, 6), {{ code }})
        else {{ code }}
    end
{% endmacro %}

{% macro zero_filled(code, digits) %}
    if({{ is_wholly(code, '[0-9]{1,' ~ digits ~ '}') }}, lpad({{ code }}, {{ digits }}, '0'), {{ code }})
{%- endmacro %}
