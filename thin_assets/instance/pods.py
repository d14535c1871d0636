"""What the pod of a run is given: tags that Dagster's Kubernetes launcher reads, and every other ignores."""

import json
from functools import cache
from importlib.resources import files

import yaml

TAG = "dagster-k8s/config"


@cache
def _sizes() -> dict[str, dict]:
    return yaml.safe_load(files("thin_assets.instance").joinpath("pods.yaml").read_text(encoding="utf-8"))


def pod(size: str) -> dict[str, str]:
    """Tags of a job whose runs need another size of pod than a partition's; sizes are in `pods.yaml`."""
    return {TAG: json.dumps({"container_config": {"resources": _sizes()[size]}})}
