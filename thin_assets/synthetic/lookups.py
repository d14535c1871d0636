"""The look-up tables that travel with a delivery: what its codes mean, in the provider's words."""

from functools import cache

import polars as pl

from thin_assets.domain.layout import column_names
from thin_assets.synthetic.codes import factors, is_icd10
from thin_assets.synthetic.codes.products import LISTED
from thin_assets.synthetic.coding import codes, diagnoses, product_codes, products
from thin_assets.synthetic.spelling import CATCH_ALL, doses

DATA_NAMES = {
    "1005010500": ("DIASTOLIC", "SYSTOLIC", "KOROTKOFF", "EVENT_TIME", "LATERALITY", "POSTURE"),
    "1005010200": ("WEIGHT", "CENTILE", "BMI"),
    "1005010100": ("HEIGHT", "CENTILE"),
    "1003040000": ("SMOKER", "CIGARETTES", "CIGARS", "TOBACCO_OUNCES", "STARTSMOKE", "STOPSMOKE"),
    "1003050000": ("DRINKER", "UNITS", "STARTDRINK", "STOPDRINK"),
}
"""What data1, data2, ... of an entity mean, where its kind does not say it."""

DATA_NAMES_BY_KIND = {
    "TEST": ("OPERATOR", "NUM_RESULT", "MEASURE_UNIT", "QUALIFIER", "START_RNGE", "END_RNGE"),
    "IMMS": ("STAGE", "IMMS_STATUS", "COMPOUND", "IN_PRAC", "REASON", "METHOD"),
    "CLINICAL": ("VALUE",),
}


@cache
def lookup_frames(country: str) -> dict[str, pl.DataFrame]:
    """Every look-up table of a country by its name in the layout (`lookup_drug_ref`, ...)."""
    frames = {
        "drug_ref": _drugs(country),
        "dosage_ref": _dosages(),
        "diag_ref": _diagnoses(country),
        "ahd_ref": _entities(),
        "unit_ref": _list("unit", "unit"),
        "constype_ref": _list("constype", "constype"),
        "specialty_ref": _list("specialty", "specialty"),
        "role_ref": _list("role", "roleid"),
    }
    found = {f"lookup_{name}": frame for name, frame in frames.items()}
    return {name: frame.select(column_names(name)) for name, frame in found.items()}


def _drugs(country: str) -> pl.DataFrame:
    """Listed products under every code they have or had; some descriptions carry the delimiter and quotes."""
    book, known = product_codes(country), products()
    described = (
        pl.when((pl.int_range(pl.len()) % 7 == 3) & (pl.col("known_by") == "atc"))
        .then(pl.format('{} "{}|{}"', "generic", "strength_num", "strength_unit"))
        .otherwise(pl.col("generic"))
    )
    told = known.with_columns(
        described.alias("generic"),
        units=_unit_of_dose(),
        atc=pl.when(pl.col("known_by") != "name").then("atc"),
    )
    latest = dict(zip(book.systems, book.codes, strict=True))
    return pl.concat(
        told.with_columns(system=pl.lit(system), code=texts).filter(pl.col("known_by").is_in(LISTED))
        for system, texts in latest.items()
    )


def _unit_of_dose() -> pl.Expr:
    """What strength, pack and daily dose are counted in: millilitres, puffs, or the form itself."""
    return (
        pl.when(pl.col("strength_unit").str.ends_with("/ml"))
        .then(pl.lit("ml"))
        .when(pl.col("form").is_in(["inhaler", "spray"]))
        .then(pl.lit("dose"))
        .otherwise("form")
    )


def _dosages() -> pl.DataFrame:
    return doses().select("doscode", dosgval="daily", text=pl.format("{} units a day, as directed", "daily"))


def _diagnoses(country: str) -> pl.DataFrame:
    book, notions = diagnoses(country), codes("diagnoses")
    parts = [
        notions.select(
            code_system=pl.lit(system),
            code=texts,
            description=pl.when(pl.int_range(pl.len()) % 11 == 5)
            .then(pl.format('{}, "so called"', "label"))
            .otherwise("label"),
            icd10=pl.when(pl.col("icd10").map_elements(is_icd10, return_dtype=pl.Boolean)).then("icd10"),
        )
        for system, texts in zip(book.systems, book.codes, strict=True)
    ]
    return (
        pl.concat(parts)
        .filter(pl.col("code").is_not_null())
        .unique(["code_system", "code"], maintain_order=True)
    )


def with_factors(listed: pl.DataFrame, count: int) -> pl.DataFrame:
    """The list of diagnoses with the factors of wide mode below."""
    rows = [(factors.CODE_SYSTEM, code, name, None) for _, code, name in factors.local_concepts(count)]
    return pl.concat([listed, pl.DataFrame(rows, schema=listed.schema, orient="row")])


def _entities() -> pl.DataFrame:
    tests = codes("tests").select("datafile", "ahdcode", description="label").rows()
    rows = []
    for datafile, ahdcode, description in [*tests, ("TEST", CATCH_ALL, "Other laboratory tests")]:
        names = DATA_NAMES.get(ahdcode, DATA_NAMES_BY_KIND[datafile])
        rows.append([datafile, ahdcode, description, *names, *[None] * (6 - len(names))])
    return pl.DataFrame(rows, schema=column_names("lookup_ahd_ref"), orient="row")


def _list(lookup: str, key: str) -> pl.DataFrame:
    rows = codes("lookups").filter(pl.col("lookup") == lookup)
    return rows.select(pl.col("code").alias(key), "description")
