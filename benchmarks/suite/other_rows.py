"""Rows that make their own data: features, scans, free text, disclosure, risk models, ids, a backfill."""

import hashlib
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import association_scan, backfill, disclosure, features, free_text
from benchmarks.processes import Cost
from benchmarks.suite.trio import Trio, apart, timed
from thin_assets.published.persons.identity import PERSON, Pseudonyms

NOTES_A_PATIENT, PEOPLE_A_PATIENT, IDS_A_PATIENT, FITTED_IN_FULL = 2, 5, 100, 2
"""How much of what a size of the suite stands for, where rows are no patients; and how many full fits."""

BACKFILLED, WARM, PATIENTS_BACKFILLED = 7, 3, 30


def feature_rows(folder: Path, size: int) -> Iterator[Trio]:
    """As many persons; the floor reads the same events, joins the index and looks at each once."""
    run = partial(features._in_a_process, str(folder), size, at_once=features.ENTRIES_AT_ONCE)
    run(work=features.MAKE)
    floor, none_kept, written = (run(work=work) for work in ("floor", "covariates", "written"))
    yield Trio("features", _cost(none_kept), _cost(floor), rows=none_kept["rows"])
    yield Trio("features_written", _cost(written), _cost(floor), rows=written["rows"])


def _cost(told: dict) -> Cost:
    return Cost(told["wall"], told["cpu"], round(told["peak_mb"]))


def scan_rows(folder: Path, size: int) -> Iterator[Trio]:
    """Odds ratios from patterns: the floor reduces members to them, the peer fits every member."""
    yield apart(partial(_scan, size))
    yield apart(partial(_adjusted, size))


def _scan(size: int) -> Trio:
    scale = association_scan.Scale(size * PEOPLE_A_PATIENT, 250, 4)
    table, reducing = association_scan.pattern_table(scale)
    patterns = association_scan.patterns_of(table, by=association_scan.KEYS)
    ours = timed(lambda: association_scan.odds_ratios(patterns))
    common = np.linspace(0, scale.tests - 1, FITTED_IN_FULL).astype(int).tolist()
    full = [seconds for _, _, seconds in association_scan.full_fits(scale, common)]
    peer = Cost(0.0, float(np.mean(full)) * scale.tests, ours.peak_mb)
    return Trio("scan", ours, Cost(0.0, reducing, ours.peak_mb), peer, rows=scale.tests)


def _adjusted(size: int) -> Trio:
    """A fit of four covariates; the peer is statsmodels' of the same members."""
    from statsmodels.discrete.conditional_models import ConditionalLogit

    from tests.unit.test_scan_adjusted import study
    from thin_assets.studies.scan.adjusted import conditional_logistic

    set_id, is_case, x = study(1, size * PEOPLE_A_PATIENT // 6)
    ours = timed(lambda: conditional_logistic(set_id, is_case, x))
    model = ConditionalLogit(is_case.astype(int), x, groups=set_id)
    peer = timed(lambda: model.fit(method="newton", disp=0))
    return Trio("scan_adjusted", ours, timed(lambda: x.T @ x), peer, rows=len(set_id))


def text_rows(folder: Path, size: int) -> Iterator[Trio]:
    """The floor copies the same bytes, the peer is spaCy's blank tokeniser."""
    notes = size * NOTES_A_PATIENT
    costs = free_text.measure(folder, notes)
    yield Trio("free_text", costs["find"], costs["copy"], costs["tokenise"], rows=notes)


def disclosure_rows(folder: Path, size: int) -> Iterator[Trio]:
    """One table of 24 cohorts whatever the size; the floor adds up the same cells over every dimension."""
    yield apart(_disclosure)


def _disclosure() -> Trio:
    import polars as pl

    rows = disclosure.incidence(np.random.default_rng(0))
    product = disclosure.INCIDENCE
    ours = timed(lambda: disclosure.control(rows, product, previous=[]))
    keys = ["cohort_definition_id", "sex", "age_band"]
    numbers = [name for name, kind in rows.schema.items() if kind.is_numeric() and name not in keys]

    def add_up() -> None:
        for left_out in keys:
            rows.group_by([key for key in keys if key != left_out]).agg(pl.sum(*numbers))

    return Trio("disclosure", ours, timed(add_up), rows=rows.height)


def risk_rows(folder: Path, size: int) -> Iterator[Trio]:
    """Learning three kinds of model; the floor multiplies out the same table, the peer is one plain fit."""
    yield apart(partial(_risk, size))


def _risk(size: int) -> Trio:
    from sklearn.linear_model import LogisticRegression

    from tests.unit.test_risk_learners import LEARNERS, SITE, world
    from thin_assets.studies.risk.declared import declared
    from thin_assets.studies.risk.learners import learn

    entries = world(1, size * PEOPLE_A_PATIENT)
    table = np.nan_to_num(entries.values)
    ours = timed(lambda: [learn(entries, one, SITE, declared(), {}) for one in LEARNERS])
    peer = timed(lambda: LogisticRegression(max_iter=200).fit(table, entries.happened))
    return Trio("risk_models", ours, timed(lambda: table.T @ table), peer, rows=len(entries))


def judged_rows(folder: Path, size: int) -> Iterator[Trio]:
    """Judging the scores of one model; the floor sorts them, the peer is scikit-learn's area alone."""
    yield apart(partial(_judged, size))


def _judged(size: int) -> Trio:
    from sklearn.metrics import roc_auc_score

    from tests.unit.test_risk_learners import EFFECTS, NAMES, world
    from thin_assets.studies.risk.declared import declared
    from thin_assets.studies.risk.evaluate import Results, judge

    entries = world(1, size * PEOPLE_A_PATIENT)
    places, weights = [NAMES.index(name) for name in EFFECTS], list(EFFECTS.values())
    scores = np.nan_to_num(entries.values[:, places]) @ weights - 3.2
    ours = timed(lambda: judge(scores, entries, {"site": "colorectal"}, declared(), Results()))
    peer = timed(lambda: roc_auc_score(entries.happened, scores))
    return Trio("risk_judged", ours, timed(lambda: np.sort(scores)), peer, rows=len(entries))


def identity_rows(folder: Path, size: int) -> Iterator[Trio]:
    """A hundred ids a patient; the floor hashes as many texts with one plain SHA-256."""
    yield apart(partial(_project_ids, size * IDS_A_PATIENT))


def _project_ids(count: int) -> Trio:
    import polars as pl

    ids, names = pl.Series(range(count)), [str(one).encode() for one in range(count)]
    ours = timed(lambda: Pseudonyms(b"k" * 64, "benchmark").of(PERSON, ids))
    floor = timed(lambda: [hashlib.sha256(one).digest() for one in names])
    return Trio("project_ids", ours, floor, rows=count)


def backfill_rows(folder: Path, size: int) -> Iterator[Trio]:
    """A tiny partition through the daemon, whatever the size; the floor is one in a warm process."""
    told = Namespace(
        partitions=BACKFILLED, patients=PATIENTS_BACKFILLED, concurrent=2, until="validated", warm=WARM
    )
    found = backfill.measure(folder, told)
    ours = Cost(found.wall_per_partition, found.cpu_per_partition, found.peak_mb)
    yield Trio("backfill", ours, Cost(found.warm_wall, found.warm_cpu, 0), rows=found.partitions)
