-- grain: one row per loaded note and dictionary term found in it, with what is said of it there
select mention.* exclude (row_position)
from {{ ref('stg_text__mentions') }} as mention
inner join {{ ref('int_texts_screened') }} as event
    on mention.row_position = event.row_position and mention.event_key = event.event_key
where event.reason is null and not event.is_repeat
