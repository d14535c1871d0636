-- grain: one row per person, with a hash of all rows that those of the person in the CDM are built from
{% set loaded = {
    'consultations': '', 'diagnoses': 'replace (if(end_date between event_date and ' ~ cutoff() ~ ', end_date, null) as end_date)',
    'health_data': '', 'deprivation': '',
} %}
with hashed as (

    select
        person_id,
        {{ mixed_hash(
            'sex', 'birth_year', 'birth_month', 'patient_pseudonym', 'practice_key', 'care_site_id', 'location_id'
        ) }} as row_hash
    from {{ ref('int_persons') }}

    {% for events, replaced in loaded.items() %}
    union all

    select
        person.person_id,
        {{ mixed_hash("'" ~ events ~ "'", 'event', *(
            ['provider.provider_id', 'provider.specialty_concept_id'] if events != 'deprivation' else []
        )) }}
    from (
        select * exclude (row_position, reason, is_repeat) {{ replaced }}
        from {{ ref('int_' ~ events ~ '_screened') }}
        where reason is null and not is_repeat
    ) as event
    inner join {{ ref('int_persons') }} as person on event.patient_key = person.patient_key
    {% if events != 'deprivation' %}
    left join {{ ref('int_providers') }} as provider on event.staff_key = provider.staff_key
    {% endif %}
    {% endfor %}

    union all

    -- 0 and -0 have one hash, and are not the same bytes
    select
        event.person_id,
        {{ mixed_hash(
            "'prescriptions'", 'event', 'signbit(event.quantity)', 'signbit(event.units_a_day)', 'provider.provider_id'
        ) }}
    from (select * exclude (row_position) from {{ ref('int_prescriptions_timed') }}) as event
    left join {{ ref('int_providers') }} as provider on event.staff_key = provider.staff_key

    union all

    -- the link to its prescription is read from every dispensing, also from one that is not loaded
    select person.person_id, {{ mixed_hash("'dispensings'", 'event') }}
    from (select * exclude (row_position) from {{ ref('int_dispensings_screened') }}) as event
    inner join {{ ref('int_persons') }} as person on event.patient_key = person.patient_key

    union all

    select event.person_id, {{ mixed_hash("'days dispensed'", 'event') }}
    from {{ ref('int_dispensings_timed') }} as event

)

select person_id, count(*) as row_count, {{ sum_of_hashes('row_hash') }} as row_sum
from hashed
group by person_id
