-- grain: one row per delivered event, with its fate: loaded, collapsed or rejected for a reason
with screened as (

    {% set tables = {
        'consult': 'consultations', 'medical': 'diagnoses', 'therapy': 'prescriptions',
        'dispense': 'dispensings', 'ahd': 'health_data', 'pvi': 'deprivation',
        'text': 'texts',
    } %}
    {% for table, events in tables.items() %}
    select
        '{{ table }}' as source_table,
        patient_key,
        {{ 'consult_key' if table == 'consult' else 'event_key' }} as event_key,
        reason,
        is_repeat
    from {{ ref('int_' ~ events ~ '_screened') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    screened.source_table,
    screened.patient_key,
    screened.event_key,
    if(person.patient_key is null, 'person_not_loaded', screened.reason) as reason,
    case
        when person.patient_key is null or screened.reason is not null then 'rejected'
        when screened.is_repeat then 'collapsed'
        else 'loaded'
    end as fate
from screened
left join {{ ref('int_persons') }} as person on screened.patient_key = person.patient_key
