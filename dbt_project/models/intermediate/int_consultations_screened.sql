-- grain: one row per delivered consult row; `reason` is why its own columns forbid loading it
{{ screened('consultations') }}
