"""A client that openapi-python-client generates from `/openapi.json`: whole, and it runs.

The generator has an environment of its own, because it pins what the service needs in other versions.
"""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.api.stage import JPEG, Stage

GENERATOR = Path(sys.prefix) / "generator" / "bin" / "openapi-python-client"
PACKAGE = "generated_photochrom"

pytestmark = pytest.mark.skipif(
    not GENERATOR.exists(), reason="openapi-python-client is not installed: make install-generator"
)


@pytest.fixture(scope="module")
def generation(running_gateway: Stage, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the generator printed, and the folder of the package."""
    package = tmp_path_factory.mktemp("generated") / PACKAGE
    config = package.parent / "config.yaml"
    config.write_text("post_hooks: []")
    options = ["--meta", "none", "--output-path", package, "--config", config, "--fail-on-warning"]
    generated = subprocess.run(
        [GENERATOR, "generate", "--url", f"{running_gateway.url}/openapi.json", *options],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return f"{generated.stdout}{generated.stderr}", package


@pytest.fixture
def generated(generation: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(generation[1].parent)
    yield importlib.import_module(PACKAGE)
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_it_is_generated_without_a_warning(generation: tuple[str, Path]) -> None:
    output, package = generation

    assert "warning" not in output.lower()
    assert (package / "api" / "jobs" / "post_job.py").exists()


def test_it_submits_a_picture_and_reads_the_job(stage: Stage, generated: ModuleType) -> None:
    post_job = importlib.import_module(f"{PACKAGE}.api.jobs.post_job")
    get_job = importlib.import_module(f"{PACKAGE}.api.jobs.get_job")
    file = importlib.import_module(f"{PACKAGE}.types").File

    with generated.Client(base_url=stage.url) as client:
        accepted = post_job.sync(client=client, body=file(payload=JPEG), filename="hafen.jpg")
        job = get_job.sync(accepted.id, client=client)

    assert job.source.filename == "hafen.jpg"
    assert job.counts.pending == 1
