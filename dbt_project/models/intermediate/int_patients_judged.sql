-- grain: one row per delivered patient row, with its fate: loaded, collapsed or rejected for a reason
with observed as (

    select distinct patient_key from {{ ref('int_observation_periods') }}

)

select
    patient.* exclude (reason, is_repeat),
    coalesce(
        patient.reason, if(observed.patient_key is null, 'no_observation_time', null)
    ) as reason,
    case
        when patient.reason is not null or observed.patient_key is null then 'rejected'
        when patient.is_repeat then 'collapsed'
        else 'loaded'
    end as fate
from {{ ref('int_patients_screened') }} as patient
left join observed on patient.patient_key = observed.patient_key
