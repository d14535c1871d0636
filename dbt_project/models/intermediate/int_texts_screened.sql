-- grain: one row per delivered text row; `reason` is why its own columns forbid loading it
{{ screened('texts') }}
