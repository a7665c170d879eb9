"""The manifests as `kubectl apply -k` would send them: rendered by the real kubectl."""

import subprocess
from functools import cache
from typing import Any

import yaml

from tests.compose.tools import REPOSITORY, tool

KUBERNETES = REPOSITORY / "infra" / "kubernetes"
OVERLAYS = ("cpu", "gpu")
Manifest = dict[str, Any]


@cache
def rendered(overlay: str) -> str:
    command = [tool("kubectl"), "kustomize", str(KUBERNETES / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def manifests(overlay: str, *kinds: str) -> list[Manifest]:
    """Those of these kinds, or all."""
    # With libyaml, because half of these tests' time is parsing.
    parsed = yaml.load_all(rendered(overlay), yaml.CSafeLoader)
    return [each for each in parsed if not kinds or each["kind"] in kinds]


def named(overlay: str, kind: str, name: str) -> Manifest:
    (match,) = [each for each in manifests(overlay, kind) if each["metadata"]["name"] == name]
    return match


def pods(overlay: str) -> dict[str, Manifest]:
    """The pod of each Deployment and Job, by its name."""
    return {each["metadata"]["name"]: each["spec"]["template"] for each in manifests(overlay, "Deployment", "Job")}


def container(pod: Manifest) -> Manifest:
    (only,) = pod["spec"]["containers"]
    return only


def trigger(overlay: str, role: str) -> dict[str, str]:
    """What KEDA asks Prometheus for the workers of a role."""
    (only,) = named(overlay, "ScaledObject", f"worker-{role}")["spec"]["triggers"]
    assert only["type"] == "prometheus"
    return only["metadata"]
