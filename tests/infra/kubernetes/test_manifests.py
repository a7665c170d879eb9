"""What the manifests promise: hardened pods, secrets in files, a GPU for each worker, scaling that kills no work."""

import re
from typing import Any

import pytest
import yaml
from photochrom import __version__

from shared.environment import is_secret, variables_of
from shared.metrics.catalogue import all_metrics
from shared.queue import Queue
from shared.settings import LeaseSettings
from tests.compose.tools import REPOSITORY
from tests.infra.kubernetes.rendering import OVERLAYS, container, manifests, named, pods, trigger
from tests.infra.monitoring.queries import MONITORING, labels_in, names_in
from worker.process.settings import ColorizeSettings, WorkerSettings

pytestmark = pytest.mark.parametrize("overlay", OVERLAYS)

OURS = {"gateway", "reconciler", "migrations", *[f"worker-{role}" for role in Queue]}
COLORIZERS = ("worker-interactive", "worker-bulk")


def variables(overlay: str) -> dict[str, str]:
    (settings,) = [
        each["data"] for each in manifests(overlay, "ConfigMap") if each["metadata"]["name"].startswith("settings-")
    ]
    return settings


def test_every_process_of_compose_is_there(overlay: str) -> None:
    services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
    ours = {name.removesuffix("-gpu") for name, each in services.items() if each["image"].startswith("photochrom/")}

    # These make servers ready that come with compose.yaml; `admin` runs in the pod of a reconciler.
    assert ours - {"admin", "database", "bucket"} == OURS
    assert set(pods(overlay)) == OURS | {"prometheus"}


def test_every_pod_is_hardened(overlay: str) -> None:
    for name, pod in pods(overlay).items():
        whole, process = pod["spec"]["securityContext"], container(pod)["securityContext"]
        assert (whole["runAsNonRoot"], whole["seccompProfile"]["type"]) == (True, "RuntimeDefault"), name
        assert whole["runAsUser"] > 0, name
        assert process == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        resources = container(pod)["resources"]
        assert {"cpu", "memory"} <= set(resources["requests"]), name
        assert "memory" in resources["limits"], name


def test_every_image_has_an_exact_tag_and_ours_the_version_of_the_package(overlay: str) -> None:
    services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
    for name, pod in pods(overlay).items():
        image, _, tag = container(pod)["image"].partition(":")
        assert re.match(r"v?\d+\.\d+\.\d+", tag), name
        if image.startswith("photochrom/"):
            assert tag.partition("-")[0] == __version__, name
        else:
            assert f"{image}:{tag}" == services[name]["image"]


def test_secrets_are_files_of_one_secret_and_nothing_else(overlay: str) -> None:
    given = variables(overlay)
    secret = {name for name, field in variables_of(WorkerSettings) if is_secret(field.annotation)}
    # URLs without a password, which is in a file.
    assert {name for name in secret & given.keys() if not name.endswith("__URL")} == set()
    paths = {path for name, path in given.items() if name.endswith("_FILE")}
    made = (REPOSITORY / "infra" / "docker" / "init.sh").read_text()
    for path in paths:
        folder, _, key = path.rpartition("/")
        assert folder == "/run/secrets/photochrom"
        assert re.search(rf"\b{key}\b", made), key
    for name in OURS:
        pod = pods(overlay)[name]
        mounts = {each["name"]: each for each in container(pod)["volumeMounts"]}
        assert (mounts["secrets"]["mountPath"], mounts["secrets"]["readOnly"]) == ("/run/secrets/photochrom", True)
        (volume,) = [each for each in pod["spec"]["volumes"] if each["name"] == "secrets"]
        # For the group of the pod only.
        assert volume["secret"] == {"secretName": "photochrom", "defaultMode": 0o440}
    assert not manifests(overlay, "Secret")


def test_settings_are_those_of_the_processes(overlay: str) -> None:
    known = {name for name, _ in variables_of(WorkerSettings)}
    given = {name.removesuffix("_FILE") for name in variables(overlay)}
    for role in Queue:
        given |= {each["name"] for each in container(pods(overlay)[f"worker-{role}"])["env"]}

    assert given - {"OMP_NUM_THREADS"} <= known


def test_a_worker_that_colorizes_has_the_device_that_it_needs(overlay: str) -> None:
    for name in OURS:
        resources = container(pods(overlay)[name])["resources"]
        gpus = resources["limits"].get("nvidia.com/gpu")
        assert gpus == ("1" if overlay == "gpu" and name in COLORIZERS else None), name
    for name in COLORIZERS:
        environment = {each["name"]: each["value"] for each in container(pods(overlay)[name])["env"]}
        assert environment["PHOTOCHROM_WORKER__DEVICE"] == {"cpu": "cpu", "gpu": "cuda"}[overlay]
        assert container(pods(overlay)[name])["image"].endswith({"cpu": "-cpu", "gpu": "-cuda"}[overlay])


def test_a_stopping_worker_has_time_for_its_pictures_and_its_records(overlay: str) -> None:
    needed = ColorizeSettings().picture_seconds + LeaseSettings().renew_seconds
    for role in Queue:
        assert pods(overlay)[f"worker-{role}"]["spec"]["terminationGracePeriodSeconds"] > needed


@pytest.mark.parametrize("role", Queue)
def test_workers_scale_on_what_waits_and_what_runs(overlay: str, role: str) -> None:
    scaled = named(overlay, "ScaledObject", f"worker-{role}")["spec"]
    question = trigger(overlay, role)

    assert scaled["scaleTargetRef"] == {"name": f"worker-{role}"}
    assert "replicas" not in named(overlay, "Deployment", f"worker-{role}")["spec"]
    assert (scaled["minReplicaCount"], question["threshold"], question["activationThreshold"]) == (0, "1", "0")
    assert question["ignoreNullValues"] == "false"
    assert scaled["fallback"]["replicas"] > 0
    defined = {sample: metric.labels for metric in all_metrics() for sample in metric.samples}
    assert {"photochrom_pending", "photochrom_leased"} < names_in(question["query"]) <= defined.keys()
    assert set(re.findall(r'role="(\w+)"', question["query"])) == {role}
    assert all(label in (*defined[name], "instance") for name, label in labels_in(question["query"]))


def test_what_is_read_by_scaling_is_served_and_scraped(overlay: str) -> None:
    service = named(overlay, "Service", "prometheus")
    address = f"http://{service['metadata']['name']}.{service['metadata']['namespace']}.svc:9090"
    assert {trigger(overlay, role)["serverAddress"] for role in Queue} == {address}
    (config,) = [each["data"] for each in manifests(overlay, "ConfigMap") if "prometheus.yml" in each["data"]]
    (scrape,) = yaml.safe_load(config["prometheus.yml"])["scrape_configs"]
    (names,) = scrape["dns_sd_configs"]
    assert set(names["names"]) == {f"{name}-metrics" for name in OURS - {"migrations"}}
    assert str(names["port"]) == variables(overlay)["PHOTOCHROM_METRICS__PORT"]
    for name in names["names"]:
        selector = named(overlay, "Service", name)["spec"]["selector"].items()
        assert selector <= pods(overlay)[name.removesuffix("-metrics")]["metadata"]["labels"].items()
    (rules,) = [each["data"] for each in manifests(overlay, "ConfigMap") if "alerts.yml" in each["data"]]
    assert rules["alerts.yml"] == (MONITORING / "alerts.yml").read_text()


def test_every_kind_of_pod_has_a_disruption_budget_of_its_own(overlay: str) -> None:
    budgets = {each["metadata"]["name"]: each["spec"] for each in manifests(overlay, "PodDisruptionBudget")}

    assert set(budgets) == OURS - {"migrations"}
    for name, budget in budgets.items():
        chosen: Any = budget["selector"]["matchLabels"].items()
        matched = {other for other, pod in pods(overlay).items() if chosen <= pod["metadata"]["labels"].items()}
        assert matched == {name}


def test_nothing_is_reachable_but_the_gateway_and_nothing_leaves_but_to_servers(overlay: str) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in manifests(overlay, "NetworkPolicy")}

    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    from_anywhere = [
        name for name, each in policies.items() if any("from" not in rule for rule in each.get("ingress", []))
    ]
    assert from_anywhere == ["clients"]
    for name in ("servers", "webhooks"):
        for block in policies[name]["egress"][0]["to"]:
            assert block["ipBlock"].get("except") or block["ipBlock"]["cidr"] == "2000::/3"
    assert 27017 in {port["port"] for port in policies["servers"]["egress"][0]["ports"]}
