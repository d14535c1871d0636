{#- The CDM table of a row: the domain of its standard concept decides. A domain without a table of its own here
    (Visit, Provider, ...) and a code without a concept go to observation, so that nothing is lost. -#}

{% macro cdm_table(domain) %}
    case {{ domain }}
        when 'Condition' then {{ to_cdm_table('condition_occurrence') }}
        when 'Procedure' then {{ to_cdm_table('procedure_occurrence') }}
        when 'Measurement' then {{ to_cdm_table('measurement') }}
        when 'Drug' then {{ to_cdm_table('drug_exposure') }}
        when 'Device' then {{ to_cdm_table('device_exposure') }}
        when 'Specimen' then {{ to_cdm_table('specimen') }}
        else {{ to_cdm_table('observation') }}
    end
{% endmacro %}

{#- Where an event goes, and where it comes from. -#}
{% macro to_cdm_table(name) -%}
    {{ repeated_name(name, [
        'condition_occurrence', 'procedure_occurrence', 'measurement', 'drug_exposure', 'device_exposure', 'specimen',
        'observation',
    ]) }}
{%- endmacro %}

{% macro from_table(name) -%}
    {{ repeated_name(name, ['medical', 'therapy', 'dispense', 'ahd', 'pvi', 'text']) }}
{%- endmacro %}

{#- Who and where of an event, as columns: expects the joins of `event_links` below.

    An event belongs to the visit of its own day; a consultation of another day (an entry made later about the past)
    is no visit of that event. Both are asked of a set of numbers, and not joined: a join may keep the events in
    memory to run the visits past them, and there are several times as many events, and wider ones. -#}
{% macro link_columns() %}
    {%- set visit_day = derived_id('event.patient_key', day='event.event_date') -%}
    {%- set visit = derived_id('event.consult_key', day='event.event_date') -%}
    person.person_id,
    provider.provider_id,
    if(
        {{ visit_day }} in (select day.visit_occurrence_id from {{ ref('int_visit_days') }} as day),
        {{ visit_day }},
        null
    ) as visit_occurrence_id,
    if(
        {{ visit }} in (
            select {{ derived_id('visit.visit_detail_id', day='visit.event_date') }}
            from {{ ref('int_visits_built') }} as visit
        ),
        event.consult_key,
        null
    ) as visit_detail_id
{% endmacro %}

{#- Joins an event to its loaded person, where that is built here, and its provider. -#}
{% macro event_links() %}
    inner join {{ ref('int_persons_built') }} as person on event.patient_key = person.patient_key
    left join {{ ref('int_providers') }} as provider on event.staff_key = provider.staff_key
{% endmacro %}
