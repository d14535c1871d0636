-- What the demo vocabulary keeps of a bundle. Read by demo_bundle.py, which stages the bundle as bundle_<table>, and
-- dictionary_code(vocabulary_id, code), atc_target(code, concept_id), wanted(concept_id), supplement_ancestor,
-- exact_product(code, ingredient_concept_id, concept_id).

-- the codes of the dictionary and, for roll-ups, what lies above and beside them in their own classification
create temp table kept_code as
with spelled as (

    select vocabulary_id, code from dictionary_code
    union
    select 'ICD10', left(code, 3) from dictionary_code where vocabulary_id = 'ICD10'
    union
    select 'ATC', left(code, levels.length)
    from dictionary_code, (values (1), (3), (4), (5)) as levels (length)
    where vocabulary_id = 'ATC'
    union
    select vocabulary_id, concept_code
    from bundle_concept
    where vocabulary_id = 'ICD10' and left(concept_code, 3) in ('C34', 'E11')

)

select distinct concept_id, bundle_concept.vocabulary_id, concept_code
from bundle_concept
inner join spelled on bundle_concept.vocabulary_id = spelled.vocabulary_id and concept_code = spelled.code;

-- ATC classes map as the dictionary says; see own_maps.py
create temp table kept_map as
select distinct link.concept_id_1, link.concept_id_2
from bundle_concept_relationship as link
inner join kept_code as source on link.concept_id_1 = source.concept_id and source.vocabulary_id <> 'ATC'
where link.relationship_id = 'Maps to' and link.invalid_reason is null
union
select source.concept_id, target.concept_id
from atc_target as target
inner join kept_code as source on source.vocabulary_id = 'ATC' and target.code = source.concept_code;

create temp table kept_target as
select concept_id from wanted
union
select concept_id_2 from kept_map;

-- an ancestor tells something only when several kept concepts lie below it
create temp table kept_ancestor as
select link.ancestor_concept_id as concept_id
from bundle_concept_ancestor as link
inner join bundle_concept as ancestor
    on link.ancestor_concept_id = ancestor.concept_id and ancestor.vocabulary_id = 'SNOMED'
where link.descendant_concept_id in (from kept_target)
group by link.ancestor_concept_id
having count(*) >= 8;

create temp table kept as
select concept_id from kept_code
union
from kept_target
union
from kept_ancestor;

create table concept_relationship as
with standard as (

    select concept_id from bundle_concept where standard_concept = 'S' and concept_id in (from kept)

),

maps as (

    from kept_map
    union
    select concept_id, concept_id from standard

)

select
    concept_id_1,
    concept_id_2,
    relationship_id,
    date '1970-01-01' as valid_start_date,
    date '2099-12-31' as valid_end_date,
    null::varchar as invalid_reason
from (
    select concept_id_1, concept_id_2, 'Maps to' as relationship_id from maps
    union all
    select concept_id_2, concept_id_1, 'Mapped from' from maps
    union all
    select distinct concept_id_1, concept_id_2, relationship_id
    from bundle_concept_relationship
    where
        concept_id_1 in (from kept)
        and concept_id_2 in (from kept)
        and invalid_reason is null
        and (relationship_id in ('Is a', 'Subsumes') or relationship_id similar to '(RxNorm|ATC - RxNorm).*')
) as links;

-- the bundle's own ancestors, every concept itself, and the ATC classes above what their members map to
create table concept_ancestor as
with class_members as (

    select class.concept_id as ancestor_concept_id, target.concept_id as descendant_concept_id, class.concept_code, target.code
    from (
        select code, concept_id from atc_target
        union
        select code, concept_id from exact_product
    ) as target
    inner join kept_code as class on class.vocabulary_id = 'ATC' and starts_with(target.code, class.concept_code)

),

pairs as (

    select ancestor_concept_id, descendant_concept_id, min_levels_of_separation, max_levels_of_separation
    from bundle_concept_ancestor
    where ancestor_concept_id in (from kept) and descendant_concept_id in (from kept)

    union all

    select concept_id, concept_id, 0, 0
    from bundle_concept
    where concept_id in (from kept) and standard_concept is not null

    union all

    select
        ancestor_concept_id,
        descendant_concept_id,
        case length(concept_code) when 7 then 1 when 5 then 2 when 4 then 3 when 3 then 4 else 5 end as levels,
        levels
    from class_members

    union all

    select ingredient_concept_id, concept_id, 2, 2
    from exact_product

    union all

    select ancestor_concept_id, descendant_concept_id, 1, 1
    from supplement_ancestor

)

select
    ancestor_concept_id,
    descendant_concept_id,
    min(min_levels_of_separation)::integer as min_levels_of_separation,
    max(max_levels_of_separation)::integer as max_levels_of_separation
from pairs
group by all;

create table relationship as
select *
from bundle_relationship
where relationship_id in (
    select relationship_id from concept_relationship
    union
    select reverse_relationship_id
    from bundle_relationship
    where relationship_id in (select relationship_id from concept_relationship)
);

-- a domain, a vocabulary, a class and a relationship are concepts themselves, of these four vocabularies and classes
create table domain as
select *
from bundle_domain
where domain_id = 'Metadata' or domain_id in (select domain_id from bundle_concept where concept_id in (from kept));

create table concept_class as
select *
from bundle_concept_class
where
    concept_class_id in (select concept_class_id from bundle_concept where concept_id in (from kept))
    or concept_class_id in ('Domain', 'Vocabulary', 'Concept Class', 'Relationship');

create table vocabulary as
select *
from bundle_vocabulary
where
    vocabulary_id in (select vocabulary_id from bundle_concept where concept_id in (from kept))
    or vocabulary_id in ('None', 'Domain', 'Vocabulary', 'Concept Class', 'Relationship');

create table concept as
select *
from bundle_concept
where
    concept_id in (from kept)
    or concept_id in (select domain_concept_id from domain)
    or concept_id in (select vocabulary_concept_id from vocabulary)
    or concept_id in (select concept_class_concept_id from concept_class)
    or concept_id in (select relationship_concept_id from relationship);

create table concept_synonym as
select *
from bundle_concept_synonym
where concept_id in (from kept) and language_concept_id in (select concept_id from concept);

create table drug_strength as
select *
from bundle_drug_strength
where drug_concept_id in (from kept) and ingredient_concept_id in (from kept);
