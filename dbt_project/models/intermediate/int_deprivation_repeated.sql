-- grain: one row per valid pvi row that says again what another says
{{ repeated(
    'deprivation',
    keys=['event_key'],
    order_by=['event_date', 'flags'],
) }}
