-- grain: one row per person, ingredient and span of exposure in which no gap is longer than 30 days
with eras as (

    {{ eras(ref('int_drug_intervals')) }}

)

select
    {{ derived_id('person_id', 'concept_id', 'start_date') }} as drug_era_id,
    person_id,
    concept_id as drug_concept_id,
    start_date as drug_era_start_date,
    end_date as drug_era_end_date,
    interval_count as drug_exposure_count,
    gap_days
from eras
order by person_id, drug_era_start_date, drug_era_id
