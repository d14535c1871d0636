{#- An incremental build takes over from the sealed build of the month before the rows of persons for whom nothing that
    these rows are built from has changed: they are carried. What decides that stands in int_person_digests and
    int_codes_digested; docs/decisions/0039 says why that is enough.

    THIN_CARRY_TO     folder for what the next month compares itself with; unset: nothing is kept
    THIN_CARRY_FROM   folder of a sealed build that kept it; unset: every person is built here -#}

{% macro keeps() %}{{ return(partition_value('THIN_CARRY_TO', '') != '') }}{% endmacro %}

{% macro carries() %}{{ return(partition_value('THIN_CARRY_FROM', '') != '') }}{% endmacro %}

{#- What the build before kept under the name of a model. -#}
{% macro kept_before(model) %}
    {{ return("read_parquet('" ~ partition_value('THIN_CARRY_FROM') ~ '/carried/' ~ model ~ ".parquet')") }}
{% endmacro %}

{#- Leaves out, in a build that carries, rows of persons who are not built here. -#}
{% macro of_built_persons() %}
    {%- set built = ref('int_persons_built') -%}
    {%- if carries() %}semi join {{ built }} as built using (person_id){% endif -%}
{% endmacro %}

{#- A query of rows of persons, and those rows of a file of the build before that are carried. -#}
{% macro with_carried(query, file) %}
    select * from ({{ query }})
    union all by name
    select * from read_parquet('{{ file }}', hive_partitioning = false)
    where person_id in (select person_id from {{ this.incorporate(path={'identifier': 'int_persons_carried'}) }})
{% endmacro %}

{#- How the rows of a person are ordered in every table of the CDM: by person, first date and id. -#}
{% macro order_of_persons() %}
    {%- set columns = model.columns.values() | list -%}
    {%- set dates = columns | selectattr('data_type', 'equalto', 'date') | map(attribute='name') | list -%}
    order by {{ (['person_id'] + dates[:1] + [columns[0].name]) | unique | join(', ') }}
{% endmacro %}

{#- A 64-bit hash of some values, mixed once more: a sum of such hashes tells a set of rows from any other. -#}
{% macro mixed_hash() %}hash(hash({{ varargs | join(', ') }})){% endmacro %}

{% macro sum_of_hashes(hashes) %}(sum({{ hashes }}) % 18446744073709551616)::ubigint{% endmacro %}
