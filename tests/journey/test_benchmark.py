"""The benchmark of the transformation runs from the command line and tells what it promises."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.journey

PATIENTS = 100


def test_the_benchmark_tells_costs_and_ratios(tmp_path: Path) -> None:
    """One partition is delivered, unpacked, copied, built and judged; a refused build would end it.

    Nothing is timed: a test that depends on the load of a machine says nothing about the code.
    """
    figures = tmp_path / "figures.json"
    asked = ["--patients", str(PATIENTS), "--keep", str(tmp_path / "kept"), "--json", str(figures)]
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.omop_build", *asked],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    (one,) = json.loads(figures.read_text())
    assert one["patients"] == PATIENTS
    assert one["cdm_rows"] > one["source_rows"] > 100 * PATIENTS
    for step in ("floor", "build", "judgement"):
        assert set(one[step]) == {"wall", "cpu", "peak_mb"}
        assert min(one[step].values()) > 0
        assert step in said
    assert one["build_to_floor"] == pytest.approx(one["build"]["cpu"] / one["floor"]["cpu"], abs=0.01)
    assert one["judgement_to_build"] == pytest.approx(one["judgement"]["cpu"] / one["build"]["cpu"], abs=0.01)
    assert one["cdm_rows_per_cpu_second"] > 0
