-- grain: one row per person and stretch of time in which events would have been recorded
select
    {{ derived_id('period.patient_key', day='period.start_date') }} as observation_period_id,
    person.person_id,
    period.start_date as observation_period_start_date,
    period.end_date as observation_period_end_date,
    period.period_type_concept_id
from {{ ref('int_observation_periods') }} as period
inner join {{ ref('int_persons') }} as person on period.patient_key = person.patient_key
order by person.person_id, period.start_date, observation_period_id
