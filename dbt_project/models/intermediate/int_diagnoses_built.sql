-- grain: one row per loaded entry of the medical record and standard concept of its code
with mapped as (

    select
        event.*,
        code.target_concept_id,
        code.target_domain_id,
        code.source_concept_id,
        {{ link_columns() }},
        -- what the patient does not have, once had, or what a relative has is no condition of today
        case
            when event.data_type = '07' then 'family'
            when event.certainty = 'A' then 'excluded'
            when event.certainty = 'Z' then 'history'
            when event.certainty = 'V' then 'suspected'
            when event.certainty = 'G' then 'confirmed'
            else 'stated'
        end as assertion
    from {{ ref('int_diagnoses_screened') }} as event
    inner join {{ ref('int_codes_mapped') }} as code
        on event.code_system = code.code_system and event.code = code.code
    {{ event_links() }}
    where event.reason is null and not event.is_repeat

)

select
    {{ from_table('medical') }} as source_table,
    event_key,
    person_id,
    event_date,
    if(end_date between event_date and {{ cutoff() }}, end_date, null) as end_date,
    target_concept_id,
    case
        when target_domain_id = 'Condition' and assertion = 'family' then {{ concept('family_history') }}
        when target_domain_id = 'Condition' and assertion = 'history' then {{ concept('history_of_event') }}
        else target_concept_id
    end as concept_id,
    case
        when assertion in ('family', 'history', 'excluded') then {{ to_cdm_table('observation') }}
        else {{ cdm_table('target_domain_id') }}
    end as cdm_table,
    case
        when target_domain_id = 'Condition' and assertion in ('family', 'history') then target_concept_id
        when assertion = 'excluded' then {{ concept('negative') }}
    end as value_as_concept_id,
    source_concept_id,
    code_system,
    code as source_value,
    case
        when data_type = '06' then {{ concept('ehr_administration') }}
        when episode is not null then {{ concept('ehr_problem_list') }}
        else {{ concept('ehr') }}
    end as type_concept_id,
    case assertion
        when 'confirmed' then {{ concept('confirmed_diagnosis') }}
        when 'suspected' then {{ concept('preliminary_diagnosis') }}
    end as status_concept_id,
    certainty as qualifier_source_value,
    provider_id,
    visit_occurrence_id,
    visit_detail_id
from mapped
