-- grain: one row per primary cancer of a person, and one per course of anticancer drugs after its diagnosis
with diagnoses as (

    select condition.*, cancer.site
    from {{ ref('condition_occurrence') }} as condition
    inner join {{ ref('int_cancer_concepts') }} as cancer
        on condition.condition_concept_id = cancer.concept_id
    where condition.condition_status_concept_id is distinct from {{ concept('preliminary_diagnosis') }}

),

-- the first diagnosis of a site begins the disease; another site is another disease
diseases as (

    select *, {{ stable_id('episode', 'person_id', 'site') }} as episode_id
    from (
        select
            *,
            row_number() over (
                partition by person_id, site order by condition_start_date, condition_occurrence_id
            ) as place
        from diagnoses
    ) as ranked
    where place = 1

),

anticancer as (

    select
        era.person_id,
        era.drug_concept_id,
        era.drug_era_start_date as start_date,
        era.drug_era_end_date as end_date
    from {{ ref('drug_era') }} as era
    inner join {{ ref('int_anticancer_ingredients') }} as ingredient
        on era.drug_concept_id = ingredient.concept_id

),

-- what is given belongs to the disease diagnosed last before it
treatments as (

    select * exclude (place)
    from (
        select
            anticancer.*,
            disease.episode_id as episode_parent_id,
            row_number() over (
                partition by anticancer.person_id, anticancer.drug_concept_id, anticancer.start_date
                order by disease.condition_start_date desc, disease.episode_id asc
            ) as place
        from anticancer
        inner join diseases as disease
            on
                anticancer.person_id = disease.person_id
                and anticancer.start_date >= disease.condition_start_date
    ) as ranked
    where place = 1

),

-- drugs given together, or within 30 days of one another, are one course
courses as (

    {{ eras('treatments', keys=['person_id', 'episode_parent_id']) }}

),

regimens as (

    select
        course.person_id,
        course.episode_parent_id,
        course.start_date,
        course.end_date,
        {{ stable_id('regimen', 'course.episode_parent_id', 'course.start_date') }} as episode_id,
        -- several drugs are a regimen that no vocabulary here names
        if(count(distinct drug.drug_concept_id) = 1, min(drug.drug_concept_id), 0) as object_concept_id
    from courses as course
    inner join treatments as drug
        on
            course.episode_parent_id = drug.episode_parent_id
            and drug.start_date between course.start_date and course.end_date
    group by all

),

-- the first course after a diagnosis is number 1; none outlasts its person, though the supply may
numbered as (

    select
        regimens.* exclude (end_date),
        greatest(regimens.start_date, least(regimens.end_date, death.death_date)) as end_date,
        row_number() over (partition by episode_parent_id order by start_date)::integer as episode_number
    from regimens
    left join {{ ref('death') }} as death
        on regimens.person_id = death.person_id

),

episodes as (

    select
        episode_id,
        person_id,
        {{ concept('disease_episode') }} as episode_concept_id,
        condition_start_date as start_date,
        -- primary care does not record that a cancer is over
        null::date as end_date,
        null::bigint as episode_parent_id,
        null::integer as episode_number,
        condition_concept_id as object_concept_id,
        condition_source_value as source_value,
        condition_source_concept_id as source_concept_id
    from diseases

    union all

    select
        episode_id,
        person_id,
        {{ concept('treatment_regimen') }} as episode_concept_id,
        start_date,
        -- a course whose supply lasts beyond the snapshot has not ended yet
        if(end_date <= {{ cutoff() }}, end_date, null) as end_date,
        episode_parent_id,
        episode_number,
        object_concept_id,
        null as source_value,
        null as source_concept_id
    from numbered

)

select
    episode_id,
    person_id,
    episode_concept_id,
    start_date as episode_start_date,
    start_date::timestamp as episode_start_datetime,
    end_date as episode_end_date,
    end_date::timestamp as episode_end_datetime,
    episode_parent_id,
    episode_number,
    object_concept_id as episode_object_concept_id,
    {{ concept('standard_algorithm_from_ehr') }} as episode_type_concept_id,
    source_value as episode_source_value,
    source_concept_id as episode_source_concept_id
from episodes
order by person_id, episode_start_date, episode_id
