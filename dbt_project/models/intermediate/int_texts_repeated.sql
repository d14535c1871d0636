-- grain: one row per valid text row that says again what another says
{{ repeated(
    'texts',
    keys=['event_key'],
    order_by=['event_date', 'language', 'consult_key', 'note_text'],
) }}
