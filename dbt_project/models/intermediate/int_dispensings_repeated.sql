-- grain: one row per valid dispense row that says again what another says
{{ repeated(
    'dispensings',
    keys=['event_key'],
    order_by=['event_date', 'drug_code', 'atc', 'boxes', 'prescription_key'],
) }}
