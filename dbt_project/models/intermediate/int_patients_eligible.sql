-- grain: one row per person who may be loaded if there is a time at which the person was observed
select * exclude (reason, is_repeat)
from {{ ref('int_patients_screened') }}
where reason is null and not is_repeat
