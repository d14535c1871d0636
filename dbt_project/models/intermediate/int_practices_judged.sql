-- grain: one row per delivered practice row; the second of two equal keys is collapsed
with practices as (

    select * from {{ ref('stg_thin__practices') }}

),

counted as (

    select
        *,
        row_number() over (
            partition by practice_key
            order by
                {{ in_order([
                    'collection_date desc', 'status', 'region', 'practice_type', 'specialty',
                    'computerised_date', 'software_date', 'mortality_recording_date',
                ]) }}
        ) as copy_number
    from practices

)

select
    * exclude (copy_number),
    coalesce(greatest(software_date, mortality_recording_date), computerised_date) as reliable_from,
    least(collection_date, {{ cutoff() }}) as collected_until,
    if(copy_number = 1, 'loaded', 'collapsed') as fate,
    if(copy_number = 1, null, 'duplicate_practice') as reason
from counted
