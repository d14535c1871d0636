-- grain: one row per product, dose, quantity and packs, with the days most often prescribed; of two
-- as common, the fewer
with ranked as (

    select
        * exclude (days_supply, prescriptions),
        days_supply as usual_days,
        row_number() over (
            partition by drug_code_system, drug_code, units_a_day, quantity, packs
            order by prescriptions desc, days_supply asc
        ) as place
    from {{ ref('int_days_delivered') }}

)

select * exclude (place) from ranked where place = 1
