-- grain: one row per standard condition that is a primary cancer, with its site; a metastasis has none
with sites as (

    select * from {{ ref('cancer_sites') }}

),

classified as (

    select sites.site, code.concept_id, code.concept_code
    from sites
    inner join {{ source('vocabulary', 'concept') }} as code
        on
            code.vocabulary_id = 'ICD10'
            and left(code.concept_code, 3) between sites.icd10_from and sites.icd10_to

),

members as (

    select classified.site, target.target_concept_id as concept_id
    from classified
    inner join {{ ref('int_concepts_standard') }} as target
        on classified.concept_id = target.source_concept_id
    where target.target_domain_id = 'Condition'

    union

    select sites.site, map.target_concept_id
    from sites
    inner join {{ ref('int_concept_maps') }} as map
        on
            map.source_vocabulary_id = 'ICD10'
            and map.target_domain_id = 'Condition'
            and left(map.source_code, 3) between sites.icd10_from and sites.icd10_to

    union

    select sites.site, sites.ancestor_concept_id
    from sites
    where sites.ancestor_concept_id is not null

    union

    select sites.site, below.descendant_concept_id::integer
    from sites
    inner join {{ source('vocabulary', 'concept_ancestor') }} as below
        on sites.ancestor_concept_id = below.ancestor_concept_id

)

-- a concept that stands for codes of several sites is of the first of them
select concept_id, min(site) as site
from members
group by concept_id
having bool_and(site <> 'secondary')
