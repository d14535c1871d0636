-- grain: one row per delivered code and spelling under which a vocabulary may know it, best first
with delivered as (

    select code_system, code, min(icd10) as icd10
    from {{ ref('stg_thin__diagnoses') }}
    group by code_system, code

),

listed as (

    select code_system, code, min(icd10) as icd10
    from {{ ref('stg_thin__codes') }}
    group by code_system, code

),

-- a local thesaurus is known by what its provider's list sees in it, else by what stands beside the entry
names as (

    select
        delivered.code_system,
        delivered.code,
        system.vocabulary_id,
        system.priority,
        delivered.code as name,
        0 as start,
        null as translated
    from delivered
    inner join {{ ref('code_systems') }} as system on delivered.code_system = system.code_system

    union all

    select
        delivered.code_system,
        delivered.code,
        'ICD10',
        9,
        coalesce(listed.icd10, delivered.icd10),
        99,
        'translated'
    from delivered
    left join listed on delivered.code_system = listed.code_system and delivered.code = listed.code
    where coalesce(listed.icd10, delivered.icd10) is not null

),

normalised as (

    select *, {{ normal_code('vocabulary_id', 'name') }} as normal from names

),

-- a national edition is finer than the one a vocabulary may hold, which may know the parent
parents as (

    select *, trim(trailing '.' from left(normal, kept)) as parent, start + 1 + len(normal) - kept as distance
    from (select *, {{ each_number(3, 'len(normal)') }} as kept from normalised) as shortened
    where {{ is_icd('vocabulary_id') }}

),

spelled as (

    select *, name as spelling, start as distance, 'exact' as way from normalised
    union all
    select *, normal, start + 1, 'respelled' from normalised where normal <> name
    union all
    select * exclude (parent, distance, kept), parent, distance, 'parent' from parents

)

select code_system, code, vocabulary_id, priority, spelling, distance, coalesce(translated, way) as spelled
from spelled
