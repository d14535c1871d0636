-- grain: one row per delivered pvi row; `reason` is why its own columns forbid loading it
{{ screened('deprivation') }}
