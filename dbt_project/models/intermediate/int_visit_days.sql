-- grain: one row per person and day with a consultation: the visits of the CDM
with ranked as (

    select
        *,
        row_number() over (
            partition by visit_occurrence_id order by provider_rank, provider_id, visit_detail_id
        ) as precedence
    from {{ ref('int_visits_built') }}

)

select
    * exclude (precedence, provider_rank, consult_key, visit_detail_id),
    lag(visit_occurrence_id) over (
        partition by person_id order by event_date
    ) as preceding_visit_occurrence_id
from ranked
where precedence = 1
