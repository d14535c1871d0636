-- grain: one row per valid therapy row that says again what another says
{{ repeated(
    'prescriptions',
    keys=['event_key'],
    order_by=[
        'event_date', 'drug_code_system', 'drug_code', 'atc', 'delivered_days', 'quantity', 'daily_units',
        'dosage_code', 'packs', 'prescription_type', 'issue_number', 'issues_allowed', 'staff_key', 'consult_key',
    ],
) }}
