-- grain: one row per entity of additional health data, with the datafile (TEST, CLINICAL, IMMS) it belongs to
select
    ahdcode as entity_code,
    datafile
from {{ source('raw', 'lookup_ahd_ref') }}
