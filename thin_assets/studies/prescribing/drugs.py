"""What a recorded drug is: its ingredients, its classes of ATC, the sets of measures it is in, and its DDD.

A drug of one ingredient is in the class that WHO gives to the ingredient by that route (`ddd.csv`), for the
vocabulary puts an ingredient into every class that it could be in. Any other is in the classes that the
vocabulary puts it in, and counts in each.
"""

import duckdb
import ibis
import polars as pl

from thin_assets.rollups.hierarchy import above, atc_classes, ingredients
from thin_assets.studies.prescribing.declared import UNIT_CONCEPTS, Declared, assigned
from thin_assets.studies.prescribing.records import keep

ALL, NONE, INGREDIENT, DRUG_SET = "all", "none", "Ingredient", "Drug set"
LENGTH = {"ATC 1st": 1, "ATC 2nd": 3, "ATC 3rd": 4, "ATC 4th": 5, "ATC 5th": 7}
"""Letters of a code of ATC, by level."""

_COLUMNS = ("drug", "route", "level", "code")


def know_drugs(con: duckdb.DuckDBPyConnection, told: Declared) -> None:
    """Say of every drug and route among the records what it is.

    observatory_class       (class_id, level, code, name)
    observatory_class_of    (drug, route, class_id); every drug is in `all`, and of each level in a
                            class or `none`
    observatory_dose_of     (drug, route, ingredient, ddd, unit, strength): drugs of one ingredient with a
                            DDD; strength is the amount in a unit of quantity; null: not told
    """
    used = con.execute(_USED).pl()
    made_of = _below(con, used, "ingredients", told)
    codes = _below(con, used, "classes", told)
    single = _single(used, made_of, told)
    atc = _codes(used, single, codes)
    names = _names(con, atc, made_of)
    members = pl.concat(
        [
            used.with_columns(level=pl.lit(ALL), code=pl.lit(ALL)).select(*_COLUMNS),
            *(_of_level(used, atc, level) for level in told.levels),
            _of_ingredients(used, made_of),
            *(_of_set(atc, name, prefixes) for name, prefixes in told.drug_sets.items()),
        ]
    ).unique()
    classes = _classes(members, names)
    keep(con, "observatory_class", classes)
    keep(con, "observatory_class_of", _numbered(members, classes))
    keep(con, "observatory_dose_of", _doses(con, single))


def _below(con: duckdb.DuckDBPyConnection, used: pl.DataFrame, what: str, told: Declared) -> pl.DataFrame:
    """(drug, above_id, above_code): ingredients, or classes of ATC, of the drugs that are used."""
    backend = ibis.duckdb.from_connection(con)
    cdm = {name: backend.table(name, database="cdm") for name in ("concept", "concept_ancestor")}
    wanted = ingredients(cdm) if what == "ingredients" else atc_classes(cdm, LENGTH)
    drugs = ibis.memtable(used.select("drug").unique())
    rows = above(cdm, wanted)
    rows = rows.semi_join(drugs, rows.below_id == drugs.drug)
    rows = rows.join(cdm["concept"], rows.above_id == cdm["concept"].concept_id)
    found = rows.select(drug="below_id", above_id="above_id", above_code="concept_code")
    return pl.from_arrow(backend.to_pyarrow(found)).cast({"drug": pl.Int32, "above_id": pl.Int32}).unique()


def _single(used: pl.DataFrame, made_of: pl.DataFrame, told: Declared) -> pl.DataFrame:
    """(drug, route, ingredient, atc, ddd, unit): drugs of one ingredient whose class is assigned.

    Where the route is not known, it is the one by which the ingredient is listed, if it is listed by one.
    """
    alone = made_of.filter(pl.len().over("drug") == 1).select("drug", ingredient="above_id")
    routes = {concept: name for name, concepts in told.routes.items() for concept in concepts}
    way = pl.col("route").replace_strict(routes, default=None, return_dtype=pl.String)
    named = used.join(alone, on="drug").with_columns(way=way)
    listed = assigned().select(
        "atc", "ddd", "unit", ingredient=pl.col("ingredient_concept_id").cast(pl.Int32), way="route"
    )
    once = listed.filter(pl.len().over("ingredient") == 1).drop("way")
    known = named.join(listed, on=["ingredient", "way"])
    guessed = named.filter(pl.col("route") == 0).join(once, on="ingredient")
    columns = ["drug", "route", "ingredient", "atc", "ddd", "unit"]
    return pl.concat([known.select(columns), guessed.select(columns)])


def _codes(used: pl.DataFrame, single: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """(drug, route, atc): every code of ATC that a drug has, at whatever level it is told."""
    others = used.join(single, on=["drug", "route"], how="anti").join(codes, on="drug")
    return pl.concat(
        [single.select("drug", "route", "atc"), others.select("drug", "route", atc="above_code")]
    )


def _of_level(used: pl.DataFrame, atc: pl.DataFrame, level: str) -> pl.DataFrame:
    length = LENGTH[level]
    long = atc.filter(pl.col("atc").str.len_chars() >= length)
    found = long.select("drug", "route", level=pl.lit(level), code=pl.col("atc").str.head(length))
    return pl.concat([found.select(*_COLUMNS), _none(used, found, level)])


def _of_ingredients(used: pl.DataFrame, made_of: pl.DataFrame) -> pl.DataFrame:
    found = used.join(made_of, on="drug").with_columns(
        level=pl.lit(INGREDIENT), code=pl.col("above_id").cast(pl.String)
    )
    return pl.concat([found.select(*_COLUMNS), _none(used, found, INGREDIENT)])


def _none(used: pl.DataFrame, found: pl.DataFrame, level: str) -> pl.DataFrame:
    rest = used.join(found, on=["drug", "route"], how="anti")
    return rest.with_columns(level=pl.lit(level), code=pl.lit(NONE)).select(*_COLUMNS)


def _of_set(atc: pl.DataFrame, name: str, prefixes: tuple[str, ...]) -> pl.DataFrame:
    inside = pl.any_horizontal(pl.col("atc").str.starts_with(prefix) for prefix in prefixes)
    return atc.filter(inside).with_columns(level=pl.lit(DRUG_SET), code=pl.lit(name)).select(*_COLUMNS)


def _names(con: duckdb.DuckDBPyConnection, atc: pl.DataFrame, made_of: pl.DataFrame) -> pl.DataFrame:
    """(code, name): of classes and ingredients."""
    lengths = pl.concat(atc.select(code=pl.col("atc").str.head(length)) for length in LENGTH.values())
    con.register("observatory_named", lengths.unique())
    con.register("observatory_made_of", made_of.select(concept_id="above_id").unique())
    found = con.execute(_NAMES).pl()
    con.unregister("observatory_named")
    con.unregister("observatory_made_of")
    return found


def _classes(members: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    rows = members.select("level", "code").unique().sort("level", "code")
    told = {ALL: "all drugs", NONE: "no class known"}
    other = pl.col("code").replace_strict(told, default=pl.col("code").str.replace_all("_", " "))
    named = rows.join(names, on="code", how="left", maintain_order="left")
    return named.select(
        pl.int_range(pl.len(), dtype=pl.Int32).alias("class_id"),
        "level",
        "code",
        pl.coalesce("name", other).alias("name"),
    )


def _numbered(members: pl.DataFrame, classes: pl.DataFrame) -> pl.DataFrame:
    found = members.join(classes.drop("name"), on=["level", "code"])
    return found.select("drug", "route", "class_id").sort("drug", "route", "class_id")


def _doses(con: duckdb.DuckDBPyConnection, single: pl.DataFrame) -> pl.DataFrame:
    """DDD of drugs that have one, beside the amount in a unit of quantity where drug_strength tells it."""
    units = pl.DataFrame(
        [(concept, unit, times) for concept, (unit, times) in UNIT_CONCEPTS.items()],
        schema={"unit_concept_id": pl.Int32, "unit": pl.String, "times": pl.Float64},
        orient="row",
    )
    keep(con, "observatory_unit", units)
    con.register("observatory_single", single.filter(pl.col("ddd").is_not_null()))
    found = con.execute(_DOSES).pl()
    con.unregister("observatory_single")
    return found


_USED = """
    select distinct drug::integer as drug, route::integer as route
    from observatory_record
    where observed_from is not null
    order by all
"""

_NAMES = """
    select concept.concept_code as code, min(concept.concept_name) as name
    from cdm.concept as concept
    semi join observatory_named as named on concept.concept_code = named.code
    where concept.vocabulary_id = 'ATC'
    group by concept.concept_code

    union all

    select concept.concept_id::varchar, concept.concept_name
    from cdm.concept as concept
    semi join observatory_made_of as made_of on concept.concept_id = made_of.concept_id
"""

_DOSES = """
    with strengths as (

        select
            strength.drug_concept_id as drug,
            strength.ingredient_concept_id as ingredient,
            unit.unit,
            -- a solution tells its amount by unit of volume, in which its quantity is counted
            min(
                coalesce(
                    strength.amount_value,
                    strength.numerator_value / coalesce(strength.denominator_value, 1)
                )
                * unit.times
            ) as amount
        from cdm.drug_strength as strength
        inner join observatory_unit as unit
            on
                coalesce(strength.amount_unit_concept_id, strength.numerator_unit_concept_id)
                = unit.unit_concept_id
        group by all

    )

    select single.drug, single.route, single.ingredient, single.ddd, single.unit, strengths.amount as strength
    from observatory_single as single
    left join strengths using (drug, ingredient, unit)
    order by all
"""
