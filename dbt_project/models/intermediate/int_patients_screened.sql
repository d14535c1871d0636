-- grain: one row per delivered patient row; what its own columns say about it, before any event is looked at
with patients as (

    select
        *,
        -- 99 = dead: without a date of death, the day of leaving is the day of death
        coalesce(
            delivered_death_date, if(registration_status = '99', transfer_date, null)
        ) as stated_death_date
    from {{ ref('stg_thin__patients') }}

),

dated as (

    select
        * exclude (stated_death_date),
        -- a death before the year of birth, or one that has not happened yet, is no knowledge of a death
        case
            when stated_death_date > {{ cutoff() }} or year(stated_death_date) < birth_year then null
            else stated_death_date
        end as death_date,
        case
            when not coalesce(patient_flag in ('A', 'C', 'D'), false) then 'invalid_patflag'
            when not coalesce(sex in ('1', '2'), false) then 'unknown_sex'
            when not coalesce(birth_year between 1875 and year({{ cutoff() }}), false)
                then 'implausible_birth_year'
            when stated_death_date < registration_date then 'death_before_registration'
        end as reason
    from patients

)

select
    *,
    {{ is_repeat(['patient_key'], [
        'recorded_on desc', 'registration_date', 'transfer_date', 'death_date', 'registration_status',
        'birth_year', 'birth_month', 'sex', 'region', 'practice_key',
    ]) }} as is_repeat
from dated
