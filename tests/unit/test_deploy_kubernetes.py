"""Values for Dagster's chart: what its launcher makes of them, pod by pod, without a cluster.

The chart itself is not here, so its schema is not asked; the launcher's is, and Kubernetes' models are.
"""

import json
from unittest.mock import Mock, patch

import dagster as dg
import pytest
import yaml
from dagster._config import process_config
from dagster_k8s import K8sRunLauncher
from dagster_k8s.job import construct_dagster_k8s_job
from dagster_k8s.models import k8s_model_from_dict, k8s_snake_case_dict
from kubernetes import client

from tests.conftest import ROOT
from thin_assets.instance.pods import TAG
from thin_assets.jobs import JOBS

FOLDER = ROOT / "deploy" / "kubernetes"
VALUES = yaml.safe_load((FOLDER / "values.yaml").read_text(encoding="utf-8"))
LAUNCHER = VALUES["runLauncher"]["config"]["customRunLauncher"]
DOORS = list(yaml.safe_load_all((FOLDER / "doors.yaml").read_text(encoding="utf-8")))
PARTITION, MONTH, SMALL = ("6Gi", "8Gi"), ("2Gi", "4Gi"), ("1Gi", "2Gi")
GIVEN = {
    "receive_delivery": PARTITION,
    "unpack_delivery": PARTITION,
    "rebuild_omop": PARTITION,
    "publish_release": PARTITION,
    "load_vocabulary": PARTITION,
    "pool_countries": MONTH,
    "draw_catalogue": SMALL,
    "look_at_calendar": SMALL,
    "release_month": SMALL,
}


@pytest.fixture
def launcher(monkeypatch: pytest.MonkeyPatch) -> K8sRunLauncher:
    """Dagster's launcher as the values describe it, before a cluster that is not there."""
    for name in ("DAGSTER_HOME", "DAGSTER_K8S_INSTANCE_CONFIG_MAP", "DAGSTER_K8S_PG_PASSWORD_SECRET"):
        monkeypatch.setenv(name, f"/{name.lower()}")
    told = process_config(K8sRunLauncher.config_type(), LAUNCHER["config"])
    assert told.success, told.errors
    with patch("dagster_k8s.launcher.load_kubernetes_config"):
        return K8sRunLauncher(k8s_client_batch_api=Mock(), k8s_client_core_api=Mock(), **told.value)


def job_of(launcher: K8sRunLauncher, tags: dict[str, str]) -> dict:
    """The Kubernetes Job that a run with these tags becomes."""
    context = launcher.get_container_context_for_run(dg.DagsterRun(job_name="any", tags=tags))
    job = construct_dagster_k8s_job(
        context.get_k8s_job_config("thin-assets:0.1.0", launcher),
        **{"args": ["dagster", "api", "execute_run"], "job_name": "any", "component": "run_worker"},
        user_defined_k8s_config=context.run_k8s_config,
    )
    return client.ApiClient().sanitize_for_serialization(job)


def container_of(job: dict) -> dict:
    (container,) = job["spec"]["template"]["spec"]["containers"]
    return container


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_run_is_given_what_its_job_needs(launcher: K8sRunLauncher, job: dg.JobDefinition) -> None:
    resources = container_of(job_of(launcher, dict(job.tags)))["resources"]
    assert (resources["requests"]["memory"], resources["limits"]["memory"]) == GIVEN[job.name]


def test_a_backfill_is_given_what_a_partition_needs(launcher: K8sRunLauncher) -> None:
    """Its runs belong to no job of ours, so that nothing but the launcher says what they need."""
    resources = container_of(job_of(launcher, {"dagster/backfill": "any"}))["resources"]
    assert (resources["requests"]["memory"], resources["limits"]["memory"]) == PARTITION


def test_a_run_has_no_rights_and_no_token_of_the_cluster(launcher: K8sRunLauncher) -> None:
    job = job_of(launcher, {})
    pod, container = job["spec"]["template"]["spec"], container_of(job)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


def test_keys_reach_runs_as_a_mounted_secret_and_nobody_else(launcher: K8sRunLauncher) -> None:
    mounts = {one["name"]: one for one in container_of(job_of(launcher, {}))["volumeMounts"]}
    assert (mounts["keys"]["mountPath"], mounts["keys"]["readOnly"]) == ("/run/secrets/thin", True)
    others = {name: part for name, part in VALUES.items() if name != "runLauncher"}
    assert "thin-keys" not in json.dumps(others)


@pytest.mark.parametrize(
    "wanted",
    [
        {"pod_spec_config": {"volumes": [{"name": "a", "secret": {"secret_name": "thin-keys"}}]}},
        {"pod_spec_config": {"service_account_name": "admin"}},
        {"container_config": {"image": "elsewhere/image"}},
        {"container_config": {"env_from": [{"secret_ref": {"name": "thin-postgresql"}}]}},
        {"container_config": {"security_context": {"privileged": True}}},
    ],
    ids=str,
)
def test_a_tag_cannot_mount_a_secret(launcher: K8sRunLauncher, wanted: dict) -> None:
    """Nor bring another image, account or right: whoever may launch may send tags."""
    with pytest.raises(Exception, match="violated the allowed list"):
        job_of(launcher, {TAG: json.dumps(wanted)})


def test_the_second_webserver_is_read_only_and_no_ingress_leads_around_the_doors() -> None:
    assert VALUES["dagsterWebserver"]["enableReadOnly"] is True
    assert VALUES["dagsterWebserver"]["service"]["type"] == "ClusterIP"
    assert VALUES["ingress"] == {"enabled": False}


def test_no_password_is_in_the_values() -> None:
    assert VALUES["generatePostgresqlPasswordSecret"] is False
    assert "postgresqlPassword" not in VALUES["postgresql"]


@pytest.mark.parametrize("one", DOORS, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_the_doors_are_what_kubernetes_understands(one: dict) -> None:
    """A field that its models do not know is refused."""
    model = getattr(client, f"V1{one['kind']}")
    assert (
        k8s_model_from_dict(model, k8s_snake_case_dict(model, one)).metadata.name == one["metadata"]["name"]
    )
    with pytest.raises(Exception, match="specs|Unexpected"):
        k8s_model_from_dict(model, k8s_snake_case_dict(model, one | {"specs": {}}))


def test_nginx_is_before_the_webservers_and_alone_in_reach_of_them() -> None:
    policies = [one for one in DOORS if one["kind"] == "NetworkPolicy"]
    fronts = [one for one in policies if "webserver" in one["metadata"]["name"]]
    allowed = [{"from": [{"podSelector": {"matchLabels": {"app": "thin-doors"}}}]}]
    assert len(fronts) == 2
    assert all(one["spec"]["ingress"] == allowed for one in fronts)
