-- grain: one row per drug concept and standard ingredient it contains; an ingredient contains itself
with ingredients as (

    select concept_id from {{ source('vocabulary', 'concept') }}
    where concept_class_id = 'Ingredient' and standard_concept = 'S'

)

select
    contained.descendant_concept_id::integer as drug_concept_id,
    contained.ancestor_concept_id::integer as concept_id
from {{ source('vocabulary', 'concept_ancestor') }} as contained
inner join ingredients on contained.ancestor_concept_id = ingredients.concept_id
union
-- also in a vocabulary without that row
select concept_id::integer, concept_id::integer from ingredients
