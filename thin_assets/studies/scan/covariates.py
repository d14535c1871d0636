"""What else is known of the members of sets when the lagged window ends: smoking, body mass index, visits."""

from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from thin_assets.studies.scan.counting import ALL
from thin_assets.studies.scan.declared import BodyMassIndex, Scans, Smoking, Window
from thin_assets.studies.scan.look_back import FAR

SMOKING, BODY_MASS_INDEX, VISITS = "smoking", "body mass index", "visits"


@dataclass(frozen=True)
class Covariates:
    """Members that are looked at in the lagged window, by place.

    place, set_no, is_case    of each member
    columns                   of each member, by covariate; without constant ones
    """

    place: np.ndarray
    set_no: np.ndarray
    is_case: np.ndarray
    columns: dict[str, np.ndarray]


def covariates_of(con: duckdb.DuckDBPyConnection, told: Scans, *, cdm_schema: str = "cdm") -> Covariates:
    """Covariates of every member in the lagged window, after `count_patterns` on this connection.

    What was recorded within the lag is not known: the last answer and the last body mass index before it,
    and visits a year in the window, on the scale of log(1 + x). Who has no answer, or no value, is a class.
    """
    window, wanted = told.lagged, told.adjustment
    members = con.execute(f"""
        select place, set_no, is_case from {ALL}
        where "{FAR.format(window.name)}" is not null order by place
    """).pl()
    parts = {
        SMOKING: _smoking_sql(wanted.smoking, window, cdm_schema),
        BODY_MASS_INDEX: _body_mass_sql(wanted.body_mass_index, window, cdm_schema),
        VISITS: _visits_sql(window, cdm_schema),
    }
    for name, query in parts.items():
        members = members.join(con.execute(query).pl().rename({"value": name}), on="place", how="left")
    members = members.sort("place")
    return Covariates(
        *(members.get_column(name).to_numpy() for name in ("place", "set_no", "is_case")),
        {
            SMOKING: _answers(members.get_column(SMOKING), wanted.smoking.reference, told.fewest_exposed),
            BODY_MASS_INDEX: _classes(
                members.get_column(BODY_MASS_INDEX), wanted.body_mass_index, told.fewest_exposed
            ),
            VISITS: np.log1p(members.get_column(VISITS).fill_null(0).to_numpy())[:, None],
        },
    )


def _answers(values: pl.Series, reference: int, fewest: int) -> np.ndarray:
    """A column for each answer but the reference, and for no answer; those of few are with the reference."""
    told = sorted(set(values.drop_nulls()) - {reference})
    return _columns([(values == one).fill_null(False) for one in told] + [values.is_null()], fewest)


def _classes(values: pl.Series, declared: BodyMassIndex, fewest: int) -> np.ndarray:
    number = np.searchsorted(declared.classes, values.fill_null(0).to_numpy(), side="right")
    known = values.is_not_null().to_numpy()
    parts = [known & (number == one) for one in range(len(declared.classes) + 1) if one != 1]
    return _columns([*parts, ~known], fewest)


def _columns(parts: list, fewest: int) -> np.ndarray:
    """Classes of at least so many members; where nobody is in another, the first of them is the reference."""
    rows = [np.asarray(part, dtype=float) for part in parts if int(part.sum()) >= fewest]
    if rows and (sum(rows) == 1).all():
        rows = rows[1:]
    return np.column_stack(rows) if rows else np.empty((len(parts[0]), 0))


def _smoking_sql(smoking: Smoking, window: Window, schema: str) -> str:
    """Answers of one day are told apart by their concept: which was given last is not known."""
    return f"""
        select place, max({{'day': observation_date, 'told': value_as_concept_id}}).told as value
        from {ALL} join {schema}.observation using (person_id)
        where observation_concept_id = {smoking.question} and value_as_concept_id <> 0
            and observation_date <= index_date - {window.from_days}
        group by place
    """


def _body_mass_sql(index: BodyMassIndex, window: Window, schema: str) -> str:
    low, high = index.between
    return f"""
        select place, max({{'day': measurement_date, 'told': value_as_number}}).told as value
        from {ALL} join {schema}.measurement using (person_id)
        where measurement_concept_id = {index.measurement} and value_as_number between {low} and {high}
            and measurement_date <= index_date - {window.from_days}
        group by place
    """


def _visits_sql(window: Window, schema: str) -> str:
    far = f'"{FAR.format(window.name)}"'
    return f"""
        select place, count(distinct visit_start_date) * 365.25 / any_value({far} - {window.from_days} + 1)
            as value
        from {ALL} join {schema}.visit_occurrence using (person_id)
        where visit_start_date between index_date - {far} and index_date - {window.from_days}
        group by place
    """
