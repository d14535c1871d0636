"""Time at risk: what an outcome leaves of the time that a person contributes.

Source    getIncidence of IncidencePrevalence. At risk is the day of the outcome itself, and not from the
          day after until its end and the washout after that. Without an end of the washout nobody is at
          risk after the first outcome, nor who had one before. Where events are not repeated, time ends
          with the first that is counted.
"""

EVENT = "outcome_event"
"""Temporary table: number (of analysis and outcome), person_id, event_start, event_end."""

SPELLS = """
    with gaps as (
        select
            event.number, event.person_id, event.event_start as until,
            max(event.event_end) over before as blocked_until
        from outcome_event as event
        window before as (
            partition by event.number, event.person_id order by event.event_start
            rows between unbounded preceding and 1 preceding
        )
        union all
        select number, person_id, null, max(event_end) from outcome_event group by all
    ), free as (
        select
            gaps.number, gaps.person_id, gaps.until, rule.repeated_events,
            gaps.blocked_until + rule.outcome_washout + 1 as since
        from gaps
        join outcome_rule as rule using (number)
        where gaps.blocked_until is null or rule.outcome_washout is not null
    ), spells as (
        select
            free.number, free.repeated_events, who.person_id, who.practice, who.sex, who.born,
            greatest(who.first, free.since) as first,
            least(who.last, free.until) as last,
            coalesce(free.until <= who.last, false) as is_event
        from contribution as who
        join free on free.person_id = who.person_id
        where greatest(who.first, free.since) <= least(who.last, free.until)
    )
    select number, person_id, practice, sex, born, first, last, is_event
    from spells
    qualify repeated_events
        or first <= coalesce(
            min(if(is_event, last, null)) over (partition by number, person_id), date '9999-12-31'
        )
"""
"""Stretches of the persons with an outcome; a stretch that is_event ends on the day of one."""
