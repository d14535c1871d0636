-- grain: one row per entity of additional health data and concept, with the columns its value is delivered in
with datafiles as (

    select entity_code, min(datafile) as datafile from {{ ref('stg_thin__entities') }} group by entity_code

)

select
    test.*,
    coalesce(datafiles.datafile, 'TEST') as datafile,
    coalesce(part.part, 1) as part,
    part.entity_code is null and coalesce(datafiles.datafile, 'TEST') = 'TEST' as is_laboratory,
    case
        when part.entity_code is not null then part.number_from
        when coalesce(datafiles.datafile, 'TEST') = 'TEST' then 'data2'
    end as number_from,
    case
        when part.entity_code is not null then part.answer_from
        when datafiles.datafile = 'CLINICAL' then 'data1'
    end as answer_from,
    part.unit_concept_id as implied_unit_concept_id
from {{ ref('int_tests_mapped') }} as test
left join datafiles on test.entity_code = datafiles.entity_code
left join {{ ref('health_data_parts') }} as part
    on
        test.entity_code = part.entity_code
        and test.target_concept_id = coalesce(part.target_concept_id, test.target_concept_id)
