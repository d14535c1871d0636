-- grain: one row per loaded additional health datum and concept it carries a value for
with events as (

    select
        event.*,
        coalesce(event.loinc, '') as loinc_or_none,
        coalesce(event.local_code, '') as local_code_or_none,
        {{ link_columns() }}
    from {{ ref('int_health_data_screened') }} as event
    {{ event_links() }}
    where event.reason is null and not event.is_repeat

),

parts as (

    select
        event.*,
        part.* exclude (entity_code, loinc, local_code, has_own_columns),
        {{ data_of('part.number_from') }} as number_text,
        {{ data_of('part.answer_from') }} as answer
    from events as event
    inner join {{ ref('int_test_parts') }} as part
        on
            event.entity_code = part.entity_code
            and event.loinc_or_none = coalesce(part.loinc, '')
            and event.local_code_or_none = coalesce(part.local_code, '')

)

-- a blood pressure without a diastolic value is one measurement; an entity without any value is still one row
select
    * exclude (loinc_or_none, local_code_or_none, numbers_from),
    {{ number_of('number_text') }} as number,
    if(is_laboratory, coalesce(data1, {{ comparison_of('number_text') }}), null) as comparison,
    if(is_laboratory, coalesce(unit_text, data3), null) as unit_source_value,
    -- MEA000: no unit was recorded
    if(is_laboratory, coalesce(unit_text, nullif(data3, 'MEA000')), null) as unit
from parts
where
    number_text is not null
    or number_from is null
    or (part = 1 and not {{ any_data_of('numbers_from') }})
