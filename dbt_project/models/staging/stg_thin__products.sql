-- grain: one row per product of the delivered drug list
select
    system as drug_code_system,
    code as drug_code,
    generic,
    route,
    atc,
    strength_num as strength,
    strength_unit,
    pack_units
from {{ source('raw', 'lookup_drug_ref') }}
