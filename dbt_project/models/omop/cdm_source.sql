-- grain: exactly one row: which source, cut when, made into a CDM by what
select
    'THIN-like primary care records, ' || name as cdm_source_name,
    'THINLIKE_' || code as cdm_source_abbreviation,
    {{ partition_text('THIN_HOLDER', 'unknown') }} as cdm_holder,
    'Monthly full extract of primary-care practices. A person is known inside one practice: who moves is'
    || ' a new person. Only what was recorded in the practice is known.' as source_description,
    'docs/reference/cdm-source.md' as source_documentation_reference,
    {{ partition_text('THIN_CODE_VERSION') }} as cdm_etl_reference,
    {{ cutoff() }} as source_release_date,
    {{ generated_on() }} as cdm_release_date,
    'v5.4' as cdm_version,
    {{ concept('cdm_v5_4') }} as cdm_version_concept_id,
    {{ partition_text('THIN_VOCABULARY_VERSION') }} as vocabulary_version
from {{ ref('countries') }}
where code = {{ country() }}
