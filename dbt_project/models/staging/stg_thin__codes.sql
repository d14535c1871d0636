-- grain: one row per code of the delivered list of diagnoses, with the ICD-10 code the provider sees in it
select
    code_system,
    code,
    icd10
from {{ source('raw', 'lookup_diag_ref') }}
