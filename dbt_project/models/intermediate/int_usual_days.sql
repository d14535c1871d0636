-- grain: one row per product: the days for which it is most often prescribed; of two as common, the fewer
with ranked as (

    select
        drug_code_system,
        drug_code,
        days_supply as usual_days,
        row_number() over (
            partition by drug_code_system, drug_code order by sum(prescriptions) desc, days_supply asc
        ) as place
    from {{ ref('int_days_delivered') }}
    group by drug_code_system, drug_code, days_supply

)

select * exclude (place) from ranked where place = 1
