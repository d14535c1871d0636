{#- The partition being built. Its values are environment variables read at execution only: a value read while
    parsing would become part of the parse cache, and every partition would then be parsed anew. -#}

{% macro partition_value(name, default=none) %}
    {{ return(env_var(name, default) if execute else '') }}
{% endmacro %}

{#- Country code as a SQL literal, such as 'GB'. -#}
{% macro country() %}
    {{ return("'" ~ partition_value('THIN_COUNTRY') ~ "'") }}
{% endmacro %}

{#- Last day of the snapshot's month: nothing recorded later belongs to it. -#}
{% macro cutoff() %}
    {{ return("date '" ~ partition_value('THIN_CUTOFF') ~ "'") }}
{% endmacro %}

{#- Day on which the delivery was written, from its manifest: never the clock, so that a rerun writes the same bytes. -#}
{% macro generated_on() %}
    {{ return("date '" ~ partition_value('THIN_GENERATED_AT')[:10] ~ "'") }}
{% endmacro %}

{#- Any other value of the partition as a SQL literal; `default` where it may be unknown. -#}
{% macro partition_text(name, default=none) %}
    {{ return("'" ~ partition_value(name, default) | replace("'", "''") ~ "'") }}
{% endmacro %}
