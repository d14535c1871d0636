-- grain: one row per entity of additional health data and concept, with the columns its value is delivered in
with datafiles as (

    select entity_code, min(datafile) as datafile
    from {{ ref('stg_thin__entities') }}
    group by entity_code

),

described as (

    select
        test.*,
        coalesce(datafiles.datafile, 'TEST') as datafile,
        part.entity_code is not null as has_own_columns,
        part.part,
        part.number_from,
        part.answer_from,
        part.unit_concept_id as implied_unit_concept_id
    from {{ ref('int_tests_mapped') }} as test
    left join datafiles on test.entity_code = datafiles.entity_code
    left join {{ ref('health_data_parts') }} as part
        on
            test.entity_code = part.entity_code
            and test.target_concept_id = coalesce(part.target_concept_id, test.target_concept_id)

)

select
    * exclude (number_from, answer_from, part),
    case
        when target_domain_id = 'Specimen' then null
        when has_own_columns then number_from
        when datafile = 'TEST' then 'data2'
    end as number_from,
    case
        when target_domain_id = 'Specimen' then null
        when has_own_columns then answer_from
        when datafile = 'CLINICAL' then 'data1'
    end as answer_from,
    row_number() over (
        partition by entity_code, loinc, local_code
        order by target_domain_id = 'Specimen', part nulls last, target_concept_id
    ) as part,
    -- operator, unit and range stand beside the value; the sample itself has none
    not has_own_columns and datafile = 'TEST' and target_domain_id <> 'Specimen' as is_laboratory,
    array_agg(number_from) over (partition by entity_code, loinc, local_code) as numbers_from
from described
