-- grain: one row per pair of facts and direction: a dispensing and its prescription, a sample and its value
with pairs as (

    select * from {{ ref('int_facts_paired') }}

)

select domain_concept_id_1, fact_id_1, domain_concept_id_2, fact_id_2, relationship_concept_id
from pairs
union all
select domain_concept_id_2, fact_id_2, domain_concept_id_1, fact_id_1, reverse_concept_id
from pairs
order by domain_concept_id_1, fact_id_1, domain_concept_id_2, fact_id_2
