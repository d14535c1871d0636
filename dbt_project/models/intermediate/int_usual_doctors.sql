-- grain: one row per person seen by a general practitioner: the one seen most often, of two the one seen last
with ranked as (

    select
        person_id,
        provider_id,
        row_number() over (
            partition by person_id order by count(*) desc, max(event_date) desc, provider_id asc
        ) as place
    from {{ ref('int_visits_built') }}
    where provider_rank = 1
    group by person_id, provider_id

)

select * exclude (place) from ranked where place = 1
