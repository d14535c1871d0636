"""Simulated lives as a scan meets them: straight into tables of a CDM, without delivery or transformation.

What the rooms before do to a record is shown by the journeys; here the question is what a scan makes of lives
in which everything is known. Matching, exposures, windows and statistics are those of the platform.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import duckdb
import ibis
import numpy as np
import polars as pl

from thin_assets.cdm.spec import table
from thin_assets.cohorts.matching import Matching, match_controls
from thin_assets.domain.snapshot import Snapshot
from thin_assets.resources.warehouse import attach_tables, connect
from thin_assets.studies.scan.associations import Found, associations
from thin_assets.studies.scan.counting import count_patterns
from thin_assets.studies.scan.declared import Scan, declared
from thin_assets.studies.scan.exposures import EVENT_TABLES
from thin_assets.studies.scan.names import names_of
from thin_assets.synthetic.chunks import Chunk, chunks_of, lives_of, records_of
from thin_assets.synthetic.codes import concepts
from thin_assets.synthetic.codes.factors import FIRST_CONCEPT, VOCABULARY, local_concepts
from thin_assets.synthetic.coding import codes
from thin_assets.synthetic.days import day, years_of
from thin_assets.synthetic.effects import outcome_days, planted
from thin_assets.synthetic.lives import Lives
from thin_assets.synthetic.practices import Practices, open_practices
from thin_assets.synthetic.wide import nothing, planted_factors
from thin_assets.vocabulary import DEMO, load_bundle, project_maps
from thin_assets.vocabulary.local_bundle import write_local_bundle

UNMAPPED = 0
COHORT = 1
"""Id of the cohort of cases; every scan has matched sets of its own."""


@dataclass(frozen=True)
class World:
    """The lives of one country, as they are known at the cut-off of a month.

    effects, wide    as `delivery.write_delivery` has them
    records          whether everything that practices recorded is written, or factors alone
    """

    country: str
    patients: int
    effects: tuple[str, ...] = ()
    wide: int = 0
    month: str = "2024-03"
    seed: int = 5
    records: bool = False
    names: tuple = field(init=False)
    cutoff: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", (self.seed, self.country, self.patients))
        object.__setattr__(self, "cutoff", day(self.snapshot.cutoff))

    @property
    def snapshot(self) -> Snapshot:
        """Country and month."""
        return Snapshot.named(self.country, self.month)

    @property
    def rows(self) -> list[dict]:
        """Everything that is planted."""
        return planted(self.effects, self.country) + planted_factors(self.wide, self.country)

    def practices(self) -> Practices:
        """The practices of the country."""
        return open_practices(self.country, self.patients, self.seed, self.snapshot.month.year)

    def chunks(self) -> Iterator[tuple[Chunk, Lives]]:
        """Lives, chunk by chunk: the same whenever it is asked for."""
        practices, year = self.practices(), self.snapshot.month.year
        for chunk in chunks_of(practices):
            switches = {"defects": False, "wide": self.wide}
            yield chunk, lives_of(self.names, chunk, practices, year, self.rows, **switches)


def vocabulary(folder: Path, wide: int) -> Path:
    """The demo vocabulary with so many factors, loaded."""
    bundle = write_local_bundle(DEMO, folder / "bundle", VOCABULARY, local_concepts(wide))
    load_bundle(bundle, project_maps(), folder / "vocabulary", duckdb.connect())
    return folder / "vocabulary"


def scanned(world: World, words: Path, scans: dict[str, tuple[Scan, Matching]]) -> dict[str, Found]:
    """Every scan of a world by the outcome it is of: a cancer site or a disease of the generator.

    words    a vocabulary as `vocabulary` returns it
    """
    people = _people(world, tuple(scans))
    sets = {outcome: _sets(people, outcome, matching) for outcome, (_, matching) in scans.items()}
    members = np.unique(np.concatenate([one["person_id"].to_numpy() for one in sets.values()]))
    con = _opened(world, words, people, members)
    found = {}
    for outcome, (scan, _) in scans.items():
        told = declared().of(scan)
        patterns = count_patterns(sets[outcome], con, told, (UNMAPPED, *scan.left_out))
        names = names_of(patterns.rows.get_column("exposure_id"), con, told)
        found[outcome] = associations(patterns, names, scan, told, where=world.country)
    con.close()
    return found


def _people(world: World, outcomes: tuple[str, ...]) -> pl.DataFrame:
    """One row per patient, numbered through: traits, days of care, and the first day of each outcome."""
    parts = []
    for _, lives in world.chunks():
        people = lives.people
        days = {outcome: outcome_days(lives.onset, world.country, outcome) for outcome in outcomes}
        traits = {name: people[name] for name in ("practice", "male", "born", "entry")}
        parts.append(pl.DataFrame(traits | {"ends": np.minimum(people["ends"] - 1, world.cutoff)} | days))
    return pl.concat(parts).with_row_index("person_id").with_columns(pl.col("person_id").cast(pl.Int64))


def _sets(people: pl.DataFrame, outcome: str, matching: Matching) -> pl.DataFrame:
    """Cases who were observed for as long as is asked, with their controls."""
    told, seen = pl.col(outcome), people.filter(pl.col("entry") <= pl.col("ends"))
    ill = seen.filter(told <= pl.col("ends"))
    cases = ill.filter(told >= pl.col("entry") + matching.prior_days)
    person = seen.select(
        "person_id",
        gender_concept_id=pl.when("male").then(8507).otherwise(8532),
        year_of_birth=pl.Series(years_of(seen["born"].to_numpy())),
        care_site_id="practice",
    )
    cohort = {"cohort_definition_id": pl.lit(COHORT, pl.Int32), "subject_id": "person_id"}
    return match_controls(
        cases.select(**cohort, cohort_start_date=_date(outcome)),
        ill.select("person_id", first_date=_date(outcome)),
        ibis.memtable(person),
        ibis.memtable(_periods(seen)),
        matching,
    ).rows


def _periods(people: pl.DataFrame) -> pl.DataFrame:
    return people.select(
        "person_id",
        observation_period_start_date=_date("entry"),
        observation_period_end_date=_date("ends"),
    )


def _date(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int32).cast(pl.Date)


def _opened(
    world: World, words: Path, people: pl.DataFrame, members: np.ndarray
) -> duckdb.DuckDBPyConnection:
    """A CDM of the members of sets: their periods, and what was recorded of them by the cut-off."""
    con = connect(memory_limit="1500MB")
    attach_tables(con, "cdm", words)
    for name in ("person", "observation_period", *EVENT_TABLES):
        columns = ", ".join(f"{column} {kind}" for column, kind in table(name).duckdb_columns().items())
        con.execute(f"create table cdm.{name} ({columns})")
    _insert(con, "observation_period", _periods(people.filter(pl.col("person_id").is_in(members.tolist()))))
    _insert(con, "person", pl.DataFrame({"person_id": members}))
    domains = con.execute("select concept_id, domain_id from cdm.concept").pl()
    for rows in _records(world, members):
        by_domain = rows.join(domains, on="concept_id").partition_by("domain_id", as_dict=True)
        for (domain,), part in by_domain.items():
            if domain in _TABLES:
                _insert(con, *_TABLES[domain](part))
    return con


def _insert(con: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    con.register("given", frame.to_arrow())
    con.execute(f"insert into cdm.{table} by name select * from given")
    con.unregister("given")


_TABLES = {
    "Condition": lambda rows: (
        "condition_occurrence",
        rows.select(
            "person_id",
            condition_concept_id="concept_id",
            condition_start_date="date",
            condition_source_concept_id=pl.lit(0),
        ),
    ),
    "Observation": lambda rows: (
        "observation",
        rows.select("person_id", observation_concept_id="concept_id", observation_date="date"),
    ),
}


def _records(world: World, members: np.ndarray) -> Iterator[pl.DataFrame]:
    """(person_id, date, concept_id) of the members, chunk by chunk."""
    start = 0
    for chunk, lives in world.chunks():
        number = np.arange(start, start + len(lives))
        start += len(lives)
        kept = np.isin(number, members)
        of_members = lives.only(kept)
        yield from _of_factors(world, of_members, number[kept])
        if world.records:
            yield _of_practices(world, chunk, of_members, number[kept])


def _of_factors(world: World, lives: Lives, number: np.ndarray) -> Iterator[pl.DataFrame]:
    if not world.wide:
        return
    rows = pl.DataFrame(lives.factors).filter(pl.col("day") <= world.cutoff)
    yield rows.select(
        person_id=pl.Series(number[rows["who"]]),
        date=_date("day"),
        concept_id=(pl.col("factor") + FIRST_CONCEPT).cast(pl.Int32),
    )


def _of_practices(world: World, chunk: Chunk, lives: Lives, number: np.ndarray) -> pl.DataFrame:
    """Coded entries of the medical table, each under all concepts of its code."""
    year, quiet = world.snapshot.month.year, replace(lives, factors=nothing())
    tables = records_of(world.names, chunk, world.practices(), quiet, year, world.rows, defects=False)
    medical = tables["medical"]
    seen = np.flatnonzero(medical["sysday"] <= world.cutoff)
    rows = pl.DataFrame({name: medical[name][seen] for name in ("who", "day", "notion")})
    rows = rows.with_columns(person_id=pl.Series(number[rows["who"]]), date=_date("day"))
    return rows.join(_meaning(), on="notion").select("person_id", "date", "concept_id")


@cache
def _meaning() -> pl.DataFrame:
    """(notion, concept_id): every standard concept of every notion."""
    told = [
        (notion, concept)
        for notion, cell in enumerate(codes("diagnoses")["concept_id"])
        for concept in concepts(cell or "")
    ]
    return pl.DataFrame(told, schema={"notion": pl.Int32, "concept_id": pl.Int32}, orient="row")
