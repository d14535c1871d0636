-- grain: one row per dosage text of the delivered list
select
    doscode as dosage_code,
    dosgval as daily_units,
    text as dosage_text
from {{ source('raw', 'lookup_dosage_ref') }}
