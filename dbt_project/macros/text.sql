{#- Text as the matcher compares it: lower case, no accents, every other sign a space; no letter changes its place. -#}
{% macro folded(text) %}
    regexp_replace(lower(strip_accents({{ text }})), '[^a-z0-9]', ' ', 'g')
{%- endmacro %}
