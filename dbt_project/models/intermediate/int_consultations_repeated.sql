-- grain: one row per valid consult row that says again what another says
{{ repeated(
    'consultations',
    keys=['consult_key'],
    order_by=['event_date', 'staff_key', 'consultation_type'],
) }}
