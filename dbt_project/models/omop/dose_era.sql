-- grain: one row per person, ingredient, daily dose and span in which no gap is longer than 30 days
with eras as (

    {{ eras(ref('int_drug_doses'), keys=['person_id', 'concept_id', 'unit_concept_id', 'dose_value']) }}

)

select
    {{ stable_id(
        'dose_era', 'person_id', 'concept_id', 'unit_concept_id', text_of_double('dose_value'), 'start_date'
    ) }} as dose_era_id,
    person_id,
    concept_id as drug_concept_id,
    unit_concept_id,
    dose_value,
    start_date as dose_era_start_date,
    end_date as dose_era_end_date
from eras
order by person_id, dose_era_start_date, dose_era_id
