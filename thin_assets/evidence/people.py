"""Persons: how many, born when, of which sex, and who has died of what at which age."""

from thin_assets.evidence.counting import Tally


def count_people(tally: Tally) -> None:
    """Analyses 1 to 12 and 500 to 506; leaves the table `people` for those that follow."""
    tally.keep(
        "people",
        "select person_id, gender_concept_id as sex, year_of_birth as born, race_concept_id as race,"
        " ethnicity_concept_id as ethnicity from cdm.person",
    )
    tally.count(1, "people")
    tally.count(2, "people", "sex")
    tally.count(3, "people", "born")
    tally.count(4, "people", "race")
    tally.count(5, "people", "ethnicity")
    tally.count(10, "people", "born", "sex")
    tally.count(11, "people anti join cdm.death using (person_id)", "born", "sex")
    tally.count(12, "people", "race", "ethnicity")


def count_deaths(tally: Tally) -> None:
    """Analyses 500 to 506."""
    died = "cdm.death join people using (person_id)"
    year = "year(death_date)"
    tally.count(500, "cdm.death", "cause_concept_id", value="count(distinct person_id)")
    tally.count(501, "cdm.death", "cause_concept_id")
    tally.count(502, "cdm.death", month("death_date"), value="count(distinct person_id)")
    tally.count(504, died, year, "sex", decile(year), value="count(distinct person_id)")
    tally.count(505, "cdm.death", "death_type_concept_id")
    tally.distribute(506, died, f"{year} - born", "sex")


def month(date: str) -> str:
    """Calendar month of a date as Achilles writes it: 202403."""
    return f"year({date}) * 100 + month({date})"


def decile(year: str) -> str:
    """Ten years of age in a calendar year, counted as Achilles does: calendar year less year of birth."""
    return f"cast(floor(({year} - born) / 10) as integer)"
