-- grain: one row per region; nothing finer is ever delivered
with regions as (

    select region from {{ ref('int_practices_judged') }} where region is not null
    union
    select region from {{ ref('int_persons') }} where region is not null

)

select
    {{ stable_id('location', 'region') }} as location_id,
    null::varchar as address_1,
    null::varchar as address_2,
    null::varchar as city,
    null::varchar as state,
    null::varchar as zip,
    null::varchar as county,
    left(region, 50) as location_source_value,
    0 as country_concept_id,
    {{ country() }} as country_source_value,
    null::double as latitude,
    null::double as longitude
from regions
order by location_id
