"""What the observatory finds; exact, for the lake only."""

import datetime as dt

import pandera.polars as pa
import polars as pl

KIND = "what a record tells: `prescribed`, `dispensed`, `administered` or `other`; never added up"
LEVEL = "level of ATC as the vocabulary names it, `Ingredient`, `Drug set` of a measure, or `all` drugs"
CLASS = "code of ATC; concept of the ingredient; name of the set; `all`; or `none`: no class is known"
BAND = "ten years of age, calendar year less year of birth, `90+`, or `all`"
SEXES = ["all", "female", "male", "other"]


class PersonDays(pa.DataFrameModel):
    """One row per calendar month, sex and age with somebody observed, and the totals, called `all`."""

    month: dt.date = pa.Field(description="first day of the calendar month")
    sex: str = pa.Field(isin=SEXES)
    age_band: str = pa.Field(description=BAND)
    persons: pl.Int64 = pa.Field(ge=0, description="persons observed on a day of the month")
    person_days: pl.Int64 = pa.Field(ge=0, description="days observed in the month")
    person_days_washed: pl.Int64 = pa.Field(
        ge=0, description="of them, days before which the whole washout was observed"
    )

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["month", "sex", "age_band"]


class Prescribing(pa.DataFrameModel):
    """One row per kind of record, level, class, month, sex and age with a prescription, and the totals.

    Sex and age together for all drugs and the level that is compared; else sex, or age.
    """

    record_kind: str = pa.Field(description=KIND)
    level: str = pa.Field(description=LEVEL)
    class_code: str = pa.Field(description=CLASS)
    class_name: str
    month: dt.date = pa.Field(description="first day of the calendar month")
    sex: str = pa.Field(isin=SEXES)
    age_band: str = pa.Field(description=BAND)
    users: pl.Int64 = pa.Field(ge=1, description="persons with a prescription in the month")
    incident_users: pl.Int64 = pa.Field(
        ge=0, description="of them, those with none of the class in the washout, and observed throughout it"
    )
    prescriptions: pl.Int64 = pa.Field(ge=1, description="products on a day; of a combination one")
    prescriptions_without_ddd: pl.Int64 = pa.Field(
        ge=0, description="of them, those of which an ingredient has no DDD, or no dose is known"
    )
    ddd: float = pa.Field(ge=0, description="defined daily doses of the others")
    person_days: pl.Int64 = pa.Field(ge=1, description="days observed in the month, of that sex and age")
    ddd_per_1000_person_days: float = pa.Field(
        nullable=True, ge=0, description="null: no dose of any is known"
    )

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["record_kind", "level", "class_code", "month", "sex", "age_band"]


class Specialty(pa.DataFrameModel):
    """One row per kind of record, class of the level that is compared (or `all`), month and specialty."""

    record_kind: str = pa.Field(description=KIND)
    class_code: str = pa.Field(description=CLASS)
    class_name: str
    month: dt.date = pa.Field(description="first day of the calendar month")
    specialty: str = pa.Field(description="of the provider of the record; `not recorded` where there is none")
    users: pl.Int64 = pa.Field(ge=1)
    prescriptions: pl.Int64 = pa.Field(ge=1)

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["record_kind", "class_code", "month", "specialty"]


class Treatment(pa.DataFrameModel):
    """One row per kind of record, level, class and number of days after the start of a treatment episode."""

    record_kind: str = pa.Field(description=KIND)
    level: str = pa.Field(description=LEVEL)
    class_code: str = pa.Field(description=CLASS)
    class_name: str
    days: pl.Int64 = pa.Field(ge=1, description="days after the first prescription")
    persons: pl.Int64 = pa.Field(ge=1, description="incident users who were observed for the whole follow-up")
    still_treated: pl.Int64 = pa.Field(
        ge=0, description="of them, those whose first episode lasted that long"
    )
    share: float = pa.Field(in_range={"min_value": 0, "max_value": 1})
    share_lower: float = pa.Field(ge=0, description="lower end of the 95 % Wilson interval")
    share_upper: float = pa.Field(le=1, description="upper end of it")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["record_kind", "level", "class_code", "days"]


class Reason(pa.DataFrameModel):
    """One row per kind of record, class and category of ICD-10 recorded nearest to the start of treatment."""

    record_kind: str = pa.Field(description=KIND)
    class_code: str = pa.Field(description=CLASS)
    class_name: str
    category: str = pa.Field(
        description="category of ICD-10; `none`: no condition in the window; `unmapped`: none with a category"
    )
    category_name: str
    starts: pl.Int64 = pa.Field(ge=1, description="incident users of the class, each at each start")
    starts_of_class: pl.Int64 = pa.Field(
        ge=1, description="all starts of the class; less than the sum, where a day has several categories"
    )

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["record_kind", "class_code", "category"]


class Pair(pa.DataFrameModel):
    """One row per kind of record and pair of classes that somebody was prescribed in one recent month."""

    record_kind: str = pa.Field(description=KIND)
    class_code: str = pa.Field(description="the one that comes first in the alphabet")
    other_class_code: str
    class_name: str
    other_class_name: str
    persons: pl.Int64 = pa.Field(ge=1, description="persons with the class")
    other_persons: pl.Int64 = pa.Field(ge=1, description="persons with the other")
    persons_both: pl.Int64 = pa.Field(ge=1, description="persons with both in one calendar month")
    lift: float = pa.Field(gt=0, description="persons_both over what independence among users would give")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["record_kind", "class_code", "other_class_code"]


class MeasureOfMonth(pa.DataFrameModel):
    """One row per kind of record, guideline measure and calendar month."""

    record_kind: str = pa.Field(description=KIND)
    measure: str
    month: dt.date = pa.Field(description="first day of the calendar month")
    numerator: pl.Int64 = pa.Field(ge=0)
    denominator: float = pa.Field(ge=0, description="users, prescriptions, person-years or person-months")
    value: float = pa.Field(
        nullable=True, ge=0, description="percent, or per 1,000; null: nobody to count by"
    )
    value_lower: float = pa.Field(nullable=True, ge=0, description="lower end of the 95 % interval")
    value_upper: float = pa.Field(nullable=True, ge=0, description="upper end of it")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["record_kind", "measure", "month"]


class Change(pa.DataFrameModel):
    """One row per change of level found in a monthly series, and one for each series without any."""

    record_kind: str = pa.Field(description=KIND)
    level: str = pa.Field(description=LEVEL)
    class_code: str = pa.Field(description=CLASS)
    class_name: str
    counted: str = pa.Field(isin=["users", "incident_users", "prescriptions"])
    month: dt.date = pa.Field(nullable=True, description="first month of the new level; null: no change")
    events: pl.Int64 = pa.Field(ge=0, description="counted over all months of the series")
    dispersion: float = pa.Field(ge=1, description="of month upon month, over that of Poisson; at least 1")
    statistic: float = pa.Field(
        nullable=True, ge=0, description="gain in deviance over dispersion; null: too few"
    )
    rate_before: float = pa.Field(
        nullable=True, ge=0, description="per 1,000 person-months, of the level before"
    )
    rate_after: float = pa.Field(nullable=True, ge=0, description="of the new level")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True


class Coverage(pa.DataFrameModel):
    """One row per kind of record and calendar month: what became of the records."""

    record_kind: str = pa.Field(description=KIND)
    month: dt.date = pa.Field(description="first day of the calendar month")
    records: pl.Int64 = pa.Field(ge=0, description="rows of drug_exposure")
    outside_observation: pl.Int64 = pa.Field(
        ge=0, description="of them, on a day without observation: not counted"
    )
    without_concept: pl.Int64 = pa.Field(ge=0, description="of those counted, rows whose drug is not known")
    without_class: pl.Int64 = pa.Field(ge=0, description="of the rest, drugs without a class of ATC")
    several_classes: pl.Int64 = pa.Field(
        ge=0, description="drugs in more than one class of the level that is compared: they count in each"
    )
    without_assigned_ddd: pl.Int64 = pa.Field(ge=0, description="of those with concept, no DDD is assigned")
    without_dose: pl.Int64 = pa.Field(ge=0, description="a DDD is assigned, but no dose is known")
    with_ddd: pl.Int64 = pa.Field(ge=0, description="rows counted in DDD")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["record_kind", "month"]


class Cell(pa.DataFrameModel):
    """One row per kind of record, class, recent month, sex and age, and the totals, called `all`.

    A class that nobody was prescribed in the recent months has no row.
    """

    record_kind: str = pa.Field(description=KIND)
    class_code: str = pa.Field(description=CLASS)
    class_name: str
    month: str = pa.Field(description="calendar month, or `all` of the recent ones")
    sex: str = pa.Field(isin=SEXES)
    age_band: str = pa.Field(description=BAND)
    persons: pl.Int64 = pa.Field(ge=0, description="persons observed")
    person_days: float = pa.Field(ge=0, description="days observed")
    users: pl.Int64 = pa.Field(ge=0, description="of them, persons with a prescription")
    ddd: float = pa.Field(ge=0, description="defined daily doses, of prescriptions whose DDD is known")
    persons_practices: pl.Int64 = pa.Field(ge=0, description="practices with somebody observed")
    persons_of_largest: pl.Int64 = pa.Field(ge=0, description="persons of the practice that has most")
    users_practices: pl.Int64 = pa.Field(ge=0, description="practices with a user")
    users_of_largest: pl.Int64 = pa.Field(ge=0, description="users of the practice that has most")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["record_kind", "class_code", "month", "sex", "age_band"]


class Across(pa.DataFrameModel):
    """One row per kind of record, class that is compared (or `all`) and country; recent months."""

    record_kind: str = pa.Field(description=KIND)
    class_code: str = pa.Field(description=CLASS)
    class_name: str
    country: str = pa.Field(description="ISO code")
    users: pl.Int64 = pa.Field(ge=0, description="person-months with a prescription")
    most_users: pl.Int64 = pa.Field(ge=0, description="users of the month that has most")
    person_days: pl.Int64 = pa.Field(ge=1, description="days observed")
    users_per_1000: float = pa.Field(ge=0, description="users per 1,000 person-months")
    users_per_1000_standardised: float = pa.Field(
        ge=0, description="at the sex and age of all these countries together"
    )
    ddd_per_1000: float = pa.Field(ge=0, description="DDD per 1,000 person-days")
    ddd_per_1000_standardised: float = pa.Field(ge=0)
    ratio_to_median: float = pa.Field(
        nullable=True,
        ge=0,
        description="standardised users over the median of the countries; null: that is 0",
    )
    new_level_from: dt.date = pa.Field(nullable=True, description="last change of level of users; null: none")

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["record_kind", "class_code", "country"]


class Revision(pa.DataFrameModel):
    """One row per country, kind of record, class and calendar month that the snapshot before counted too."""

    country: str = pa.Field(description="ISO code")
    record_kind: str = pa.Field(description=KIND)
    class_code: str = pa.Field(description=CLASS)
    month: dt.date = pa.Field(description="first day of the calendar month")
    users_before: pl.Int64 = pa.Field(ge=0, description="in the snapshot before")
    users: pl.Int64 = pa.Field(ge=0, description="in this one")
    person_days_before: pl.Int64 = pa.Field(ge=0)
    person_days: pl.Int64 = pa.Field(ge=0)

    class Config:
        """Exactly these columns."""

        strict = True
        ordered = True
        unique = ["country", "record_kind", "class_code", "month"]
