"""Promises of the generator that hold for every seed, size, country and month."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.synthetic_worlds import make
from thin_assets.domain.countries import COUNTRIES

countries = st.sampled_from(list(COUNTRIES))
seeds = st.integers(0, 2**31)
months = st.sampled_from(["2023-01", "2023-09", "2024-02", "2025-01"])
sizes = st.sampled_from([20, 61, 150])

few = settings(max_examples=max(5, settings().max_examples // 3))


@few
@given(countries, seeds, months, sizes, st.booleans())
def test_the_truth_adds_up_to_what_was_delivered(country, seed, month, patients, defects):
    """Delivered = loaded - extra + collapsed + rejected, and is what stands in the files."""
    with tempfile.TemporaryDirectory() as root:
        made = make(Path(root), country, month, patients=patients, seed=seed, defects=defects)
        for table, tally in made.truth["tables"].items():
            kept = tally["loaded"] - tally["multi_map_extra"]
            assert tally["delivered"] == kept + tally["collapsed"] + sum(tally["rejected"].values())
            assert tally["delivered"] == len(made.lines(table))
            assert tally["delivered"] == sum(
                entry["rows"] for entry in made.manifest["files"] if entry["table"] == table
            )
        rows = made.truth["cdm_rows"]
        assert rows["person"] == made.truth["tables"]["patient"]["loaded"]
        assert rows["visit_detail"] == made.truth["tables"]["consult"]["loaded"]
        assert rows["death"] <= rows["person"]


@few
@given(countries, seeds, months, sizes)
def test_the_same_arguments_give_the_same_bytes(country, seed, month, patients):
    """Whatever else was written in between."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        first = make(Path(one), country, month, patients=patients, seed=seed)
        make(Path(two), country, "2023-05", patients=patients, seed=seed)
        make(Path(two), "GB", month, patients=patients + 1, seed=seed)
        again = make(Path(two), country, month, patients=patients, seed=seed)
        assert first.bytes_by_path() == again.bytes_by_path()
        assert first.truth == again.truth


@few
@given(countries, seeds)
def test_another_seed_gives_another_world(country, seed):
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        first = make(Path(one), country, "2024-03", patients=20, seed=seed)
        second = make(Path(two), country, "2024-03", patients=20, seed=seed + 1)
        assert first.lines("patient") != second.lines("patient")


@few
@given(countries, seeds, sizes)
def test_records_of_a_month_are_found_again_in_the_next(country, seed, patients):
    """By practice, patient and record, for every practice that still sends."""
    with tempfile.TemporaryDirectory() as root:
        old = make(Path(root), country, "2024-02", patients=patients, seed=seed, defects=False)
        new = make(Path(root), country, "2024-03", patients=patients, seed=seed, defects=False)
        key = ["pracid", "patid", "therid"]
        sending = new.rows("practice").select("pracid")
        before = old.rows("therapy").join(sending, on="pracid", how="semi")
        assert before.join(new.rows("therapy"), on=key, how="anti").is_empty()
        assert new.rows("therapy").select(key).is_duplicated().sum() == 0
