-- grain: one row per loaded prescription, with its dose; days_supply where the delivered days are credible
with dosages as (

    select dosage_code, min(daily_units) as daily_units, min(dosage_text) as dosage_text
    from {{ ref('stg_thin__dosages') }}
    group by dosage_code

)

select
    event.event_key,
    event.event_date,
    event.drug_code_system,
    event.drug_code,
    event.atc,
    event.quantity,
    event.packs,
    event.prescription_type,
    event.issue_number,
    event.issues_allowed,
    coalesce(event.daily_units, dosages.daily_units) as units_a_day,
    dosages.dosage_text,
    if(event.delivered_days between 1 and 365, event.delivered_days, null) as days_supply,
    {{ link_columns() }}
from {{ ref('int_prescriptions_screened') }} as event
left join dosages on event.dosage_code = dosages.dosage_code
{{ event_links() }}
where event.reason is null and not event.is_repeat
