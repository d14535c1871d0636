-- grain: one row per delivered ahd row; `reason` is why its own columns forbid loading it
{{ screened('health_data') }}
