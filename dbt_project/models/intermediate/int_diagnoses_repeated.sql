-- grain: one row per valid medical row that says again what another says
{{ repeated(
    'diagnoses',
    keys=['patient_key', 'event_date', 'code_system', 'code'],
    order_by=['event_key', 'data_type', 'certainty', 'episode', 'end_date', 'staff_key', 'consult_key'],
) }}
