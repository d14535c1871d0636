-- grain: one row per delivered staff row; the second of two equal keys is collapsed
with staff as (

    select * from {{ ref('stg_thin__staff') }}

),

counted as (

    select
        *,
        row_number() over (
            partition by staff_key order by {{ in_order(['role', 'specialty', 'sex']) }}
        ) as copy_number
    from staff

)

select
    * exclude (copy_number),
    staff_key as provider_id,
    if(copy_number = 1, 'loaded', 'collapsed') as fate
from counted
