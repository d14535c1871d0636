-- grain: one row per person and stretch of time in which events of that person would have been recorded
with eligible as (

    select
        patient.*,
        practice.reliable_from,
        coalesce(practice.collected_until, {{ cutoff() }}) as collected_until,
        -- nobody is on the list of a specialist
        if(practice.practice_type = 'SPEC', 'events', country.observation) as observation
    from {{ ref('int_patients_eligible') }} as patient
    left join {{ ref('int_practices_judged') }} as practice
        on patient.practice_key = practice.practice_key and practice.fate = 'loaded'
    inner join {{ ref('countries') }} as country on country.code = {{ country() }}

),

-- list countries: from joining the list (and reliable recording) to leaving it, death or the last collection
registered as (

    select
        patient_key,
        greatest(registration_date, reliable_from) as start_date,
        least(transfer_date, death_date, collected_until) as end_date
    from eligible
    where observation = 'registered'

),

unlisted as (

    select patient_key from eligible where observation = 'events'

),

-- events of those on a list show nothing; a day known to its month only shows nobody there on the first
event_days as (

    {% for events in ['consultations', 'diagnoses', 'prescriptions', 'dispensings', 'health_data'] %}
    select event.patient_key, event.event_date
    from {{ ref('int_' ~ events ~ '_screened') }} as event
    semi join unlisted on event.patient_key = unlisted.patient_key
    where event.reason is null and not event.is_repeat and not coalesce(event.has_partial_date, false)
    {% if not loop.last %}union{% endif %}
    {% endfor %}

),

-- free choice of doctor: from the first event on; a silence of 548 days or more ends a period
event_runs as (

    select
        eligible.patient_key,
        event_days.event_date,
        eligible.death_date,
        eligible.collected_until,
        {{ days_between('lag(event_days.event_date) over person_days', 'event_days.event_date') }} >= 548
            as follows_silence
    from eligible
    inner join event_days
        on
            eligible.patient_key = event_days.patient_key
            and event_days.event_date >= coalesce(eligible.reliable_from, event_days.event_date)
    where eligible.observation = 'events'
    window person_days as (partition by eligible.patient_key order by event_days.event_date)

),

numbered_runs as (

    select
        *,
        count_if(coalesce(follows_silence, false)) over (
            partition by patient_key order by event_date
        ) as run_number
    from event_runs

),

visited as (

    select
        patient_key,
        min(event_date) as start_date,
        least(max(event_date) + 60, any_value(death_date), any_value(collected_until)) as end_date
    from numbered_runs
    group by patient_key, run_number

)

select *, {{ concept('standard_algorithm') }} as period_type_concept_id
from registered
where start_date < end_date

union all

select *, {{ concept('standard_algorithm_from_ehr') }} as period_type_concept_id
from visited
where start_date <= end_date
