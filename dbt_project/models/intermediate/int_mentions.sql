-- grain: one row per note, sentence and term of the lexicon found in it, with what is said of it there
with terms as (

    select language, term, concept_id, ' ' || {{ folded('term') }} || ' ' as folded
    from {{ ref('lexicon') }}

),

found as (

    select
        sentence.event_key,
        sentence.language,
        sentence.number,
        sentence.folded,
        sentence.starts_at,
        term.term,
        term.concept_id,
        strpos(sentence.folded, term.folded) as position,
        len(term.term) as length
    from {{ ref('int_sentences') }} as sentence
    inner join terms as term
        on sentence.language = term.language and contains(sentence.folded, term.folded)

),

-- of two terms that overlap, the longer is meant
distinct_terms as (

    select found.*
    from found
    left join found as longer
        on
            found.event_key = longer.event_key
            and found.number = longer.number
            and found.length < longer.length
            and found.position < longer.position + longer.length
            and found.position + found.length > longer.position
    where longer.term is null

),

cues as (

    select language, kind, side, ' ' || {{ folded('cue') }} || ' ' as folded
    from {{ ref('cues') }}

),

judged as (

    select
        found.event_key,
        found.number,
        found.position,
        found.starts_at,
        found.term,
        found.concept_id,
        coalesce(bool_or(cue.kind = 'negation'), false) as is_negated,
        coalesce(bool_or(cue.kind = 'other_subject'), false) as is_of_another,
        coalesce(bool_or(cue.kind = 'hypothetical'), false) as is_hypothetical,
        coalesce(bool_or(cue.kind = 'past'), false) as is_past
    from distinct_terms as found
    left join cues as cue
        on
            found.language = cue.language
            and case cue.side
                -- a cue may share a space with the term
                when 'before' then contains(left(found.folded, found.position), cue.folded)
                when 'after'
                    then contains(substr(found.folded, found.position + found.length + 1), cue.folded)
                else contains(found.folded, cue.folded)
            end
    group by all

)

select
    event_key,
    starts_at + position - 1 as text_offset,
    term,
    concept_id,
    is_past,
    is_negated = false and is_of_another = false and is_hypothetical = false as is_stated,
    nullif(
        concat_ws(
            ',',
            if(is_negated, 'negated=true', null),
            if(is_of_another, 'subject=other', null),
            if(is_hypothetical, 'hypothetical=true', null)
        ),
        ''
    ) as modifiers
from judged
