-- grain: one row per product, dose, quantity and packs, with the days most often prescribed; of two
-- as common, the fewer
select drug_code_system, drug_code, units_a_day, quantity, packs, days_supply as usual_days
from {{ ref('int_days_delivered') }}
qualify row_number() over (
    partition by drug_code_system, drug_code, units_a_day, quantity, packs
    order by prescriptions desc, days_supply asc
) = 1
