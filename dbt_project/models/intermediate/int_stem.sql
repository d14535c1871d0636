-- grain: one row per loaded event and standard concept; the domain of the concept has chosen its CDM table
{{ union_by_name([
    ref('int_diagnoses_built'),
    ref('int_drugs_built'),
    ref('int_health_data_built'),
    ref('int_deprivation_built'),
    ref('int_text_events_built'),
]) }}
