-- grain: one row per delivered medical row; `reason` is why its own columns forbid loading it
{{ screened('diagnoses') }}
