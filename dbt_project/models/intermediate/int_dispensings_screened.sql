-- grain: one row per delivered dispense row; `reason` is why its own columns forbid loading it
{{ screened('dispensings') }}
