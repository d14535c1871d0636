{#- Concepts that the rules name themselves. Everything else comes from the vocabulary. -#}

{% macro concept(name) %}
    {%- set concepts = {
        'unmapped': 0,

        'male': 8507,
        'female': 8532,

        'outpatient_visit': 9202,
        'office_visit': 581477,
        'general_practice': 38004446,

        'ehr': 32817,
        'ehr_administration': 32818,
        'ehr_dispensing': 32825,
        'ehr_encounter': 32827,
        'ehr_note': 32831,
        'ehr_physical_examination': 32836,
        'ehr_prescription': 32838,
        'ehr_problem_list': 32840,
        'lab': 32856,
        'nlp': 32858,
        'standard_algorithm': 32880,
        'standard_algorithm_from_ehr': 32882,

        'confirmed_diagnosis': 32893,
        'preliminary_diagnosis': 32899,
        'history_of_event': 1340204,
        'family_history': 4167217,
        'negative': 9189,

        'less': 4171756,
        'less_or_equal': 4171754,
        'equal': 4172703,
        'greater': 4172704,
        'greater_or_equal': 4171755,

        'disease_episode': 32533,
        'treatment_regimen': 32531,
        'condition_occurrence_id': 1147127,
        'drug_exposure_id': 1147094,

        'utf8': 32678,

        'drug_domain': 13,
        'measurement_domain': 21,
        'specimen_domain': 36,
        'measurement_to_specimen': 32668,
        'specimen_to_measurement': 32669,
        'occurs_after': 44818783,
        'occurs_before': 44818881,

        'cdm_v5_4': 756265,
    } -%}
    {%- if name not in concepts -%}
        {{ exceptions.raise_compiler_error("no concept is called '" ~ name ~ "' in macros/concepts.sql") }}
    {%- endif -%}
    {{ return(concepts[name]) }}
{% endmacro %}
