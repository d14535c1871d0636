-- grain: one row per person and day with a consultation: the visits of the CDM
with shared_days as (

    select visit_occurrence_id
    from {{ ref('int_visits_built') }}
    group by visit_occurrence_id
    having count(*) > 1

),

-- few days have several consultations: only theirs are put in order
ranked as (

    select
        visit.visit_detail_id,
        row_number() over (
            partition by visit.visit_occurrence_id
            order by visit.provider_rank, visit.provider_id nulls last, visit.visit_detail_id
        ) as precedence
    from {{ ref('int_visits_built') }} as visit
    inner join shared_days on visit.visit_occurrence_id = shared_days.visit_occurrence_id

),

silent as (

    select visit_detail_id from ranked where precedence > 1

)

select
    visit.* exclude (provider_rank, visit_detail_id),
    lag(visit.visit_occurrence_id) over (
        partition by visit.person_id order by visit.event_date
    ) as preceding_visit_occurrence_id
from {{ ref('int_visits_built') }} as visit
anti join silent on visit.visit_detail_id = silent.visit_detail_id
