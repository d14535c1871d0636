{#- The CDM table of a row: the domain of its standard concept decides. A domain without a table of its own here
    (Visit, Provider, ...) and a code without a concept go to observation, so that nothing is lost. -#}

{% macro cdm_table(domain) %}
    case {{ domain }}
        when 'Condition' then 'condition_occurrence'
        when 'Procedure' then 'procedure_occurrence'
        when 'Measurement' then 'measurement'
        when 'Drug' then 'drug_exposure'
        when 'Device' then 'device_exposure'
        when 'Specimen' then 'specimen'
        else 'observation'
    end
{% endmacro %}

{#- Who and where of an event, as columns: expects the joins of `event_links` below. -#}
{% macro link_columns() %}
    person.person_id,
    provider.provider_id,
    visit_day.visit_occurrence_id,
    visit.visit_detail_id
{% endmacro %}

{#- Joins an event to its loaded person, its provider and its visit. An event belongs to the visit of its own day;
    a consultation of another day (an entry made later about the past) is no visit of that event. -#}
{% macro event_links() %}
    inner join {{ ref('int_persons') }} as person on event.patient_key = person.patient_key
    left join {{ ref('int_providers') }} as provider on event.staff_key = provider.staff_key
    left join {{ ref('int_visits_built') }} as visit
        on event.consult_key = visit.visit_detail_id and event.event_date = visit.event_date
    left join {{ ref('int_visit_days') }} as visit_day
        on {{ derived_id('event.patient_key', day='event.event_date') }} = visit_day.visit_occurrence_id
{% endmacro %}
