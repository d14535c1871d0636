-- grain: one row per delivered code and spelling under which a vocabulary may know it, best first
with delivered as (

    select distinct code_system, code from {{ ref('stg_thin__diagnoses') }}

),

normalised as (

    select
        delivered.*,
        system.vocabulary_id,
        system.priority,
        -- ICD: without the marks of ICD-10-GM (! * + and the dagger), with the dot after the third character
        if(
            regexp_matches(system.vocabulary_id, '^(ICD|CIM)'),
            regexp_replace(regexp_replace(delivered.code, '[^A-Za-z0-9]', '', 'g'), '^(.{3})(.+)$', '\1.\2'),
            delivered.code
        ) as normal
    from delivered
    inner join {{ ref('code_systems') }} as system on delivered.code_system = system.code_system

),

-- a local thesaurus is known by what its provider sees in it
translated as (

    select delivered.code_system, delivered.code, min(listed.icd10) as icd10
    from delivered
    inner join {{ ref('stg_thin__codes') }} as listed
        on delivered.code_system = listed.code_system and delivered.code = listed.code
    where listed.icd10 is not null
    group by delivered.code_system, delivered.code

),

-- a national edition of ICD-10 is finer than the international one, which may know the parent
parents as (

    select *, rtrim(left(normal, kept), '.') as parent, 1 + len(normal) - kept as distance
    from (select *, unnest(range(3, len(normal))) as kept from normalised) as shortened
    where vocabulary_id like 'ICD10%' and code_system in ('CIM10', 'ICD10GM', 'ICD10ES')

)

select code_system, code, vocabulary_id, priority, code as spelling, 0 as distance, 'exact' as spelled
from normalised

union all

select code_system, code, vocabulary_id, priority, normal, 1, 'respelled'
from normalised
where normal <> code

union all

select code_system, code, vocabulary_id, priority, parent, distance, 'parent'
from parents

union all

select code_system, code, 'ICD10', 9, icd10, 99, 'translated'
from translated
