-- grain: one row per episode and event it is put together from: diagnoses of its site, drugs of its course
with diseases as (

    select episode.*, cancer.site
    from {{ ref('episode') }} as episode
    inner join {{ ref('int_cancer_concepts') }} as cancer
        on episode.episode_object_concept_id = cancer.concept_id
    where episode.episode_concept_id = {{ concept('disease_episode') }}

),

diagnoses as (

    select disease.episode_id, condition.condition_occurrence_id as event_id
    from diseases as disease
    inner join {{ ref('int_cancer_concepts') }} as cancer on disease.site = cancer.site
    inner join {{ ref('condition_occurrence') }} as condition
        on
            disease.person_id = condition.person_id
            and cancer.concept_id = condition.condition_concept_id
            and disease.episode_start_date <= condition.condition_start_date

),

drugs as (

    select distinct below.descendant_concept_id::integer as concept_id
    from {{ source('vocabulary', 'concept_ancestor') }} as below
    inner join {{ ref('int_anticancer_ingredients') }} as ingredient
        on below.ancestor_concept_id = ingredient.concept_id
    union
    select concept_id from {{ ref('int_anticancer_ingredients') }}

),

exposures as (

    select regimen.episode_id, exposure.drug_exposure_id as event_id
    from {{ ref('episode') }} as regimen
    inner join {{ ref('drug_exposure') }} as exposure
        on
            regimen.person_id = exposure.person_id
            and regimen.episode_start_date <= exposure.drug_exposure_start_date
            -- a course without an end goes on
            and exposure.drug_exposure_start_date <= coalesce(regimen.episode_end_date, {{ cutoff() }})
    inner join drugs on exposure.drug_concept_id = drugs.concept_id
    where regimen.episode_concept_id = {{ concept('treatment_regimen') }}

)

select episode_id, event_id, {{ concept('condition_occurrence_id') }} as episode_event_field_concept_id
from diagnoses
union all
select episode_id, event_id, {{ concept('drug_exposure_id') }}
from exposures
order by episode_id, episode_event_field_concept_id, event_id
