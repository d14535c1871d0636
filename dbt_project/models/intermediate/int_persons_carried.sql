-- grain: one row per person whose rows are taken over from the build before; none in one that stands alone
{%- set persons, codes = ref('int_person_digests'), ref('int_codes_digested') -%}
{%- if carries() %}
with codes_changed as (

    select coalesce(codes.kind, before.kind) as kind
    from {{ codes }} as codes
    full join {{ kept_before('int_codes_digested') }} as before
        on codes.kind = before.kind and codes.words = before.words
    where
        -- nobody who is carried has a code that only one of both months knows; any record may ask a list
        codes.row_sum <> before.row_sum
        or (coalesce(codes.kind, before.kind) = 'lookup' and (codes.kind is null or before.kind is null))

)

select persons.person_id
from {{ persons }} as persons
inner join {{ kept_before('int_person_digests') }} as before
    on
        persons.person_id = before.person_id
        and persons.row_count = before.row_count
        and persons.row_sum = before.row_sum
where not exists (select 1 from codes_changed)
{%- else %}
select null::bigint as person_id where false
{%- endif %}
