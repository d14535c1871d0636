-- grain: one row per fact about the build: what it was made from, what became of the rows of each table
with facts as (

    {% for name, value in {
        'snapshot': 'THIN_SNAPSHOT', 'delivery': 'THIN_DELIVERY', 'layout version': 'THIN_LAYOUT',
        'text bundle': 'THIN_TEXT_BUNDLE', 'generator version': 'THIN_GENERATOR_VERSION', 'seed': 'THIN_SEED',
        'code version': 'THIN_CODE_VERSION', 'vocabulary version': 'THIN_VOCABULARY_VERSION',
    }.items() %}
    select '{{ name }}' as name, nullif({{ partition_text(value, '') }}, '') as value_as_string
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- loaded counts source rows; routing and multi-map extra are told by the accounts
fates as (

    select
        source_table,
        fate,
        sum(source_rows)::double as source_rows
    from {{ ref('reconciliation') }}
    group by all

    union all

    select source_table, 'delivered', sum(source_rows)::double
    from {{ ref('reconciliation') }}
    group by all

),

rows_told as (

    select name, value_as_string, null::double as value_as_number from facts where value_as_string is not null
    union all
    select 'rows ' || fate || ': ' || source_table, null, source_rows from fates

)

select
    {{ stable_id('metadata', 'name') }} as metadata_id,
    0 as metadata_concept_id,
    {{ concept('standard_algorithm') }} as metadata_type_concept_id,
    name,
    left(value_as_string, 250) as value_as_string,
    null::integer as value_as_concept_id,
    value_as_number,
    {{ generated_on() }} as metadata_date,
    null::timestamp as metadata_datetime
from rows_told
order by name
