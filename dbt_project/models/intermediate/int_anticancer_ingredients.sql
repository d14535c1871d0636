-- grain: one row per ingredient of ATC L01 or L02; one that is also classed outside L, such as a hormone of
-- contraception, says nothing of a cancer and is left out
select below.descendant_concept_id::integer as concept_id
from {{ source('vocabulary', 'concept_ancestor') }} as below
inner join {{ source('vocabulary', 'concept') }} as class
    on below.ancestor_concept_id = class.concept_id and class.vocabulary_id = 'ATC'
inner join {{ source('vocabulary', 'concept') }} as ingredient
    on
        below.descendant_concept_id = ingredient.concept_id
        and ingredient.concept_class_id = 'Ingredient'
        and ingredient.standard_concept = 'S'
group by below.descendant_concept_id
having
    bool_or(left(class.concept_code, 3) in ('L01', 'L02'))
    and bool_and(left(class.concept_code, 1) = 'L')
