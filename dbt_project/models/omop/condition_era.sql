-- grain: one row per person, condition and span in which it was recorded again within 30 days
with intervals as (

    select
        person_id,
        concept_id,
        event_date as start_date,
        coalesce(end_date, event_date) as end_date
    from {{ ref('int_stem') }}
    where cdm_table = 'condition_occurrence' and concept_id <> 0

),

eras as (

    select * from ({{ eras('intervals') }})

)

select
    {{ derived_id('person_id', 'concept_id', 'start_date') }} as condition_era_id,
    person_id,
    concept_id as condition_concept_id,
    start_date as condition_era_start_date,
    end_date as condition_era_end_date,
    interval_count as condition_occurrence_count
from eras
order by person_id, condition_era_start_date, condition_era_id
