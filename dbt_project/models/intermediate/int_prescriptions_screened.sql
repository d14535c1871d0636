-- grain: one row per delivered therapy row; `reason` is why its own columns forbid loading it
{{ screened('prescriptions') }}
