-- grain: one row per valid ahd row that says again what another says
{{ repeated(
    'health_data',
    keys=['event_key'],
    order_by=[
        'event_date', 'entity_code', 'loinc', 'local_code', 'data1', 'data2', 'data3', 'data4', 'data5', 'data6',
        'unit_text', 'staff_key', 'consult_key',
    ],
) }}
