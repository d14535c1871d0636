-- grain: one row per pair of facts of a person: a dispensing and its prescription, a sample and its value
-- few rows have a partner: what is read twice is read again, not kept
with exposures as not materialized (

    select
        person_id,
        event_key,
        target_concept_id,
        {{ derived_id('event_key', 'target_concept_id') }} as fact_id
    from {{ ref('int_drugs_built') }}
    where cdm_table = 'drug_exposure'

),

-- a combination is paired ingredient by ingredient; a substitute is paired with all that was prescribed
dispensings as (

    select person_id, fact_id_1, fact_id_2
    from (
        select
            dispensed.person_id,
            dispensed.fact_id as fact_id_1,
            prescribed.fact_id as fact_id_2,
            dispensed.target_concept_id = prescribed.target_concept_id as is_same,
            bool_or(dispensed.target_concept_id = prescribed.target_concept_id) over (
                partition by dispensed.event_key
            ) as has_same
        from {{ ref('int_dispensings_screened') }} as event
        inner join exposures as dispensed on event.event_key = dispensed.event_key
        inner join exposures as prescribed on event.prescription_key = prescribed.event_key
        where event.prescription_key is not null
    ) as compared
    where is_same or not has_same

),

entries as not materialized (

    select person_id, event_key, cdm_table, {{ derived_id('event_key', 'target_concept_id') }} as fact_id
    from {{ ref('int_health_data_built') }}
    where cdm_table in ('specimen', 'measurement')

),

samples as (

    select sample.person_id, sample.fact_id as fact_id_1, measured.fact_id as fact_id_2
    from entries as sample
    inner join entries as measured
        on sample.event_key = measured.event_key and measured.cdm_table = 'measurement'
    where sample.cdm_table = 'specimen'

)

select
    person_id,
    {{ concept('drug_domain') }} as domain_concept_id_1,
    fact_id_1,
    {{ concept('drug_domain') }} as domain_concept_id_2,
    fact_id_2,
    {{ concept('occurs_after') }} as relationship_concept_id,
    {{ concept('occurs_before') }} as reverse_concept_id
from dispensings

union all

select
    person_id,
    {{ concept('specimen_domain') }},
    fact_id_1,
    {{ concept('measurement_domain') }},
    fact_id_2,
    {{ concept('specimen_to_measurement') }},
    {{ concept('measurement_to_specimen') }}
from samples
