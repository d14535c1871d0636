-- grain: one row per product: the days for which it is most often prescribed; of two as common, the fewer
select drug_code_system, drug_code, days_supply as usual_days
from {{ ref('int_prescriptions_dosed') }}
where days_supply is not null
group by drug_code_system, drug_code, days_supply
qualify row_number() over (
    partition by drug_code_system, drug_code order by count(*) desc, days_supply asc
) = 1
