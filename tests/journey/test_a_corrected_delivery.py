"""A delivery again, the same and corrected: what is the same is left alone, what changed is told."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.conftest import thin_assets
from tests.deliveries import amend
from tests.journey.conftest import MONTH, deliver
from thin_assets.definitions import build_definitions
from thin_assets.domain.snapshot import Snapshot
from thin_assets.instance.config import open_instance
from thin_assets.jobs import partitioned_assets
from thin_assets.landing.arrivals import MANIFEST
from thin_assets.resources.lake import Lake, build_id
from thin_assets.sensors.deliveries import deliveries_arrived
from thin_assets.settings import Settings

pytestmark = pytest.mark.journey

GB = Snapshot.named("GB", MONTH)
Corrected = tuple[Path, list[dg.RunRequest], set[str]]
TAKEN_OUT = 40
"""Rows of the table of diagnoses that the corrected delivery has not."""

OF_DIAGNOSES = ("condition_occurrence", "procedure_occurrence", "observation", "measurement")
"""Where they went: each of these rows is one row of the CDM."""


class Home:
    """A home, and the sensors that watch it, each with its cursor."""

    def __init__(self, path: Path, instance: dg.DagsterInstance) -> None:
        self.path, self.instance = path, instance
        self.lake = Lake(home=str(path))
        self.definitions = build_definitions(Settings(home=path))
        self.keys = partitioned_assets(self.definitions.resolve_asset_graph())
        self.deliveries: str | None = None
        self.changes = None

    def build(self, until: str) -> None:
        thin_assets(self.path, "run", "--country", "GB", "--snapshot", MONTH, "--until", until)

    def arrivals(self) -> list[dg.RunRequest]:
        """What the sensor of deliveries asks for now."""
        with dg.build_sensor_context(
            definitions=self.definitions, resources=self.definitions.resources, cursor=self.deliveries
        ) as context:
            found = deliveries_arrived(context)
        if isinstance(found, dg.SkipReason):
            return []
        self.deliveries = found.cursor
        return list(found.run_requests)

    def asked_to_follow(self) -> set[str]:
        """Assets that the sensor of changes asks for now."""
        found = dg.evaluate_automation_conditions(
            self.definitions,
            self.instance,
            asset_selection=dg.AssetSelection.keys(*self.keys),
            cursor=self.changes,
        )
        self.changes = found.cursor
        return {key.to_user_string() for key in self.keys if found.get_requested_partitions(key)}

    def data_versions(self) -> dict[str, str]:
        """Data version of the newest materialisation of every asset that was built."""
        found = {}
        for key in self.keys:
            event = self.instance.get_latest_materialization_event(key)
            if event is not None:
                found[key.to_user_string()] = event.asset_materialization.tags["dagster/data_version"]
        return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One month of one country, built as far as its evidence, and looked at by both sensors."""
    path = tmp_path_factory.mktemp("corrected") / "home"
    deliver(path, "GB", patients="60")
    thin_assets(path, "doctor", "--fix")
    with open_instance(Settings(home=path)) as instance:
        home = Home(path, instance)
        assert [request.partition_key for request in home.arrivals()] == [GB.key]
        home.build("evidence")
        home.asked_to_follow()
        yield home


def correct(delivery: Path) -> None:
    """The provider sends the month again, without some diagnoses: one file of the table is shorter."""
    manifest = json.loads((delivery / MANIFEST).read_text(encoding="utf-8"))
    entry = next(file for file in manifest["files"] if file["table"] == "medical")
    lines = gzip.decompress((delivery / entry["path"]).read_bytes()).splitlines(keepends=True)
    assert len(lines) > 2 * TAKEN_OUT
    shorter = gzip.compress(b"".join(lines[:-TAKEN_OUT]), mtime=0)
    (delivery / entry["path"]).write_bytes(shorter)
    entry |= {"rows": entry["rows"] - TAKEN_OUT, "sha256": hashlib.sha256(shorter).hexdigest()}
    amend(delivery, files=manifest["files"])


def test_the_same_delivery_built_again_has_the_same_data_versions_and_nothing_follows(home: Home) -> None:
    before, build = home.data_versions(), home.lake.current_build(GB)
    home.build("validated")
    assert {"raw/patient", "omop/person", "validated/cdm", "validated/data_quality"} <= set(before)
    assert home.data_versions() == before
    assert home.asked_to_follow() == set()
    assert home.arrivals() == []
    assert (home.lake.current_build(GB), home.lake.build_before(GB)) == (build, None)


@pytest.fixture(scope="module")
def corrected(home: Home) -> Corrected:
    """The month came again: the build before it, what the sensor asked for, what follows the new build."""
    old = home.lake.current_build(GB)
    correct(home.lake.delivery(GB))
    requests = home.arrivals()
    home.build("evidence")
    return old, requests, home.asked_to_follow()


def test_a_corrected_delivery_is_a_new_build_beside_the_old_one_with_what_differs(
    home: Home, corrected: Corrected
) -> None:
    old, requests, _ = corrected
    new = home.lake.current_build(GB)
    assert [request.partition_key for request in requests] == [GB.key]
    assert (home.lake.build_before(GB), old.is_dir(), new != old) == (old, True, True)
    told = json.loads(thin_assets(home.path, "diff", "--country", "GB", "--snapshot", MONTH, "--json").stdout)
    tables = {row["cdm_table"]: row for row in told["tables"]}
    assert (told["build"], told["before"]) == (build_id(new), build_id(old))
    assert told["made_from_other"] == ["delivery"]
    assert sum(tables[name]["only_before"] for name in OF_DIAGNOSES) == TAKEN_OUT
    assert {row["only_now"] for row in tables.values()} == {0}
    assert (tables["drug_exposure"]["only_before"], tables["drug_exposure"]["changed"]) == (0, 0)
    shown = thin_assets(home.path, "diff", "--country", "GB", "--snapshot", MONTH).stdout
    assert "condition_occurrence" in shown
    assert "drug_exposure" not in shown
    assert home.lake.read("evidence", "build_diff", GB).to_dicts() == told["tables"]


def test_what_stands_on_the_corrected_build_follows_and_what_was_built_with_it_does_not(
    home: Home, corrected: Corrected
) -> None:
    """The run went as far as evidence: cohorts and all after them are asked for, once."""
    *_, asked = corrected
    assert {name.split("/")[0] for name in asked} == {"cohorts", "features", "studies", "published"}
    assert home.asked_to_follow() == set()
    assert home.lake.reported("evidence", GB)["build"] == build_id(home.lake.current_build(GB))
