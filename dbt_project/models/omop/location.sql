-- grain: one row per region; nothing finer is ever delivered
with regions as (

    select region from {{ ref('int_practices_judged') }} where region is not null
    union
    select region from {{ ref('int_persons') }} where region is not null

),

country as (

    select place.concept_id
    from {{ source('vocabulary', 'concept') }} as place
    inner join {{ ref('countries') }} as listed on place.concept_name = listed.name
    where place.domain_id = 'Geography' and place.standard_concept = 'S' and listed.code = {{ country() }}

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
    -- the vocabulary of places is not part of every download
    coalesce((select min(concept_id) from country), 0)::integer as country_concept_id,
    {{ country() }} as country_source_value,
    null::double as latitude,
    null::double as longitude
from regions
order by location_id
