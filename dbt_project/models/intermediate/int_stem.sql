-- grain: one row per loaded event and standard concept; the domain of the concept has chosen its CDM table
select * from {{ ref('int_diagnoses_built') }}
union all by name
select * from {{ ref('int_drugs_built') }}
union all by name
select * from {{ ref('int_health_data_built') }}
union all by name
select * from {{ ref('int_deprivation_built') }}
union all by name
select * from {{ ref('int_text_events_built') }}
