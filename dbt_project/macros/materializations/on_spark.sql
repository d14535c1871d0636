{#- The same models in Spark, in a catalogue in memory that is empty when a run starts, over Parquet in the folder of
    this run. Nothing is renamed, dropped or looked up. -#}

{% materialization view, adapter='spark' %}
    {% do return(made_of('create or replace view ' ~ this ~ ' as', in_words_of_spark(sql))) %}
{% endmaterialization %}

{% materialization table, adapter='spark', supported_languages=['sql'] %}
    {% do return(made_of('create table ' ~ this ~ ' using parquet as', in_words_of_spark(sql))) %}
{% endmaterialization %}

{#- Rows of the month before are taken over on DuckDB alone: nothing is kept for that. -#}

{% materialization kept, adapter='spark' %}
    {% do return(made_of('create or replace view ' ~ this ~ ' as', in_words_of_spark(not_kept(sql)))) %}
{% endmaterialization %}

{% materialization scratch, adapter='spark' %}
    {% do return(made_of('create table ' ~ this ~ ' using parquet as', in_words_of_spark(sql))) %}
{% endmaterialization %}

{#- A table of the candidate, in the columns and types of its contract: part files that follow one another in the
    order of the model. Each is made one file when dbt is done (thin_assets/resources/dbt_on_spark.py). -#}

{% materialization candidate, adapter='spark' %}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do columns.append('cast(' ~ adapter.quote(column.name) ~ ' as ' ~ column.data_type ~ ') as ' ~ adapter.quote(column.name)) -%}
    {%- endfor -%}
    {%- set location = env_var('THIN_SPILL') ~ '/candidate/' ~ this.identifier -%}
    {%- set query = 'select ' ~ columns | join(', ') ~ ' from (\n' ~ sql ~ '\n)' -%}
    {% do return(made_of(
        'create table ' ~ this ~ " using parquet location '" ~ location ~ "' as", in_words_of_spark(query)
    )) %}
{% endmaterialization %}

{#- A seed is a list of some dozen rows: a view that holds them. -#}

{% materialization seed, adapter='spark' %}
    {%- set rows = load_agate_table() -%}
    {%- do store_result('agate_table', response='OK', agate_table=rows) -%}
    {%- set told = config.get('column_types', {}) -%}
    {%- set columns, lines = [], [] -%}
    {%- for name in rows.column_names -%}
        {%- do columns.append('cast(' ~ name ~ ' as ' ~ told.get(name, adapter.convert_type(rows, loop.index0)) ~ ') as ' ~ name) -%}
    {%- endfor -%}
    {%- for row in rows.rows -%}
        {%- set cells = [] -%}
        {%- for cell in row -%}
            {%- do cells.append('null' if cell is none else "'" ~ (cell | string | replace('\\', '\\\\') | replace("'", "\\'")) ~ "'") -%}
        {%- endfor -%}
        {%- do lines.append('(' ~ cells | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- set query = 'select ' ~ columns | join(', ') ~ ' from values ' ~ lines | join(', ') ~ ' as rows (' ~ rows.column_names | join(', ') ~ ')' -%}
    {% do return(made_of('create or replace view ' ~ this ~ ' as', in_words_of_spark(query))) %}
{% endmaterialization %}

{% macro made_of(beginning, query) %}
    {% call statement('main') %}
        {{ beginning }} {{ query }}
    {% endcall %}
    {{ return({'relations': [this]}) }}
{% endmacro %}

{#- What both engines know, under another word: these three, and no more. -#}
{% macro in_words_of_spark(query) %}
    {%- set query = modules.re.sub('[*] exclude [(]', '* except (', query) -%}
    {%- set query = modules.re.sub('as not materialized [(]', 'as (', query) -%}
    {{ return(modules.re.sub('([(: ])varchar\\b', '\\1string', query)) }}
{% endmacro %}
