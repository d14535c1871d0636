"""What else is known of the members of sets when the lagged window ends: smoking, body mass index, visits."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from thin_assets.resources.backends import Connection
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


def covariates_of(con: Connection, told: Scans, *, cdm_schema: str = "cdm") -> Covariates:
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
    place, set_no, is_case = (members.get_column(name).to_numpy() for name in ("place", "set_no", "is_case"))
    classes = {
        SMOKING: _answers(members.get_column(SMOKING), wanted.smoking.reference),
        BODY_MASS_INDEX: _classes(members.get_column(BODY_MASS_INDEX), wanted.body_mass_index),
    }
    columns = {
        name: _columns(
            [one for one in parts if _is_telling(one, set_no, is_case, told.fewest_exposed)], len(place)
        )
        for name, parts in classes.items()
    }
    visits = np.log1p(members.get_column(VISITS).fill_null(0).to_numpy())
    return Covariates(place, set_no, is_case, columns | {VISITS: visits[:, None]})


def _answers(values: pl.Series, reference: int) -> list[np.ndarray]:
    """Who gave each answer but the reference, and who gave none."""
    told = sorted(set(values.drop_nulls()) - {reference})
    parts = [(values == one).fill_null(False) for one in told] + [values.is_null()]
    return [part.to_numpy() for part in parts]


def _classes(values: pl.Series, declared: BodyMassIndex) -> list[np.ndarray]:
    """Who is in each class but the second, and who has no value."""
    number = np.searchsorted(declared.classes, values.fill_null(0).to_numpy(), side="right")
    known = values.is_not_null().to_numpy()
    return [*(known & (number == one) for one in range(len(declared.classes) + 1) if one != 1), ~known]


def _is_telling(part: np.ndarray, set_no: np.ndarray, is_case: np.ndarray, fewest: int) -> bool:
    """Whether a class has enough members, and an effect that has an end: where cases of all sets that it
    tells apart are in it, or none is, no model with it has an estimate.
    """
    if part.sum() < fewest:
        return False
    inside, size = (np.bincount(set_no, weights=weights) for weights in (part, np.ones(len(part))))
    case = np.bincount(set_no, weights=part & is_case)
    apart = case[(inside > 0) & (inside < size)]
    return bool(apart.any() and not apart.all())


def _columns(parts: list[np.ndarray], height: int) -> np.ndarray:
    """A column for each class, 0 or 1; where nobody is in another, the first of them is the reference.

    Members of a class that is left out are with the reference.
    """
    if parts and (sum(part.astype(int) for part in parts) == 1).all():
        parts = parts[1:]
    return np.column_stack(parts).astype(float) if parts else np.empty((height, 0))


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
        select place,
            count(distinct visit_start_date) * 365.25::double / any_value({far} - {window.from_days} + 1)
                as value
        from {ALL} join {schema}.visit_occurrence using (person_id)
        where visit_start_date between index_date - {far} and index_date - {window.from_days}
        group by place
    """
