-- grain: one row per product, dose, quantity, packs and credible number of days, with how often it was so
select
    drug_code_system,
    drug_code,
    units_a_day,
    quantity,
    packs,
    days_supply,
    count(*) as prescriptions
from {{ ref('int_prescriptions_dosed') }}
where days_supply is not null
group by all
