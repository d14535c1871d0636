-- grain: one row per loaded prescription, with the days it lasts and how they are known
with prescriptions as (

    select
        *,
        -- a dose of zero units a day says nothing about days
        round(quantity / nullif(units_a_day, 0)) as days_from_quantity
    from {{ ref('int_prescriptions_dosed') }}

),

chosen as (

    select
        prescription.*,
        case
            when prescription.days_supply is not null then 'delivered'
            when prescription.days_from_quantity between 1 and 365 then 'quantity by dose'
            when pattern.usual_days is not null then 'usual for the pattern'
            when product.usual_days is not null then 'usual for the product'
            else 'one day'
        end as days_level,
        pattern.usual_days as days_of_pattern,
        product.usual_days as days_of_product
    from prescriptions as prescription
    left join {{ ref('int_usual_days_of_pattern') }} as pattern
        on
            prescription.drug_code_system = pattern.drug_code_system
            and prescription.drug_code = pattern.drug_code
            and prescription.units_a_day is not distinct from pattern.units_a_day
            and prescription.quantity is not distinct from pattern.quantity
            and prescription.packs is not distinct from pattern.packs
    left join {{ ref('int_usual_days') }} as product
        on
            prescription.drug_code_system = product.drug_code_system
            and prescription.drug_code = product.drug_code

)

select
    * exclude (days_from_quantity, days_of_pattern, days_of_product),
    case days_level
        when 'delivered' then days_supply
        when 'quantity by dose' then try_cast(days_from_quantity as integer)
        when 'usual for the pattern' then days_of_pattern
        when 'usual for the product' then days_of_product
        else 1
    end as exposed_days
from chosen
