"""Worker processes whose settings refer to a model's weights elsewhere."""

import json
import shutil
from pathlib import Path

import pytest

from shared.lifecycle import JobState
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_process import START_SECONDS, StartWorker
from tests.fixtures.worker_steps import until
from tests.zoo.pictures import scans
from worker.colorizer.checkpoint import read_card

pytestmark = pytest.mark.anyio

SHIPPED = "worker.colorizer:Colorizer.load"


@pytest.fixture
def card(trained: Path, tmp_path: Path) -> Path:
    """The card of the model, in the folder that `start` uses for its workers."""
    return Path(shutil.copy(trained.with_suffix(".json"), tmp_path))


async def test_a_job_is_colorized_with_weights_from_a_bucket(
    workplace: Workplace, start: StartWorker, card: Path, in_bucket: str
) -> None:
    job = await workplace.expanded(scans(2), model="museum")

    start("bulk", **model_settings(card, in_bucket))
    await until(lambda: has_ended(workplace, job.id), START_SECONDS)

    assert (await workplace.check(job)).state is JobState.SUCCEEDED
    _, recorded = read_card(card)
    assert {item.results[0].checkpoint for item in await workplace.items(job)} == {recorded.sha256}


async def test_a_worker_with_the_wrong_weights_does_not_start(start: StartWorker, card: Path) -> None:
    other = card.with_name("other.bin")
    other.write_bytes(b"other weights")

    worker = start("bulk", **model_settings(card, str(other)))

    assert await worker.ends(START_SECONDS) == 2
    assert f"model_refused: {other} has SHA-256" in worker.output
    assert "Traceback" not in worker.output


async def has_ended(workplace: Workplace, job_id: str) -> bool:
    job = await workplace.stores.jobs.get(job_id)
    return job is not None and job.state.is_terminal


def model_settings(card: Path, reference: str) -> dict[str, str]:
    """The environment of a worker with one model and an empty cache."""
    # `start` puts placeholder weights beside the cards, which the real loader would refuse.
    models = card.parent / "models"
    models.mkdir()
    shutil.copy(card, models)
    return {
        "PHOTOCHROM_WORKER__COLORIZER": SHIPPED,
        "PHOTOCHROM_WORKER__MODELS_DIR": str(models),
        "PHOTOCHROM_WORKER__MODELS": json.dumps({"museum": reference}),
        "PHOTOCHROM_WORKER__CACHE_DIR": str(card.parent / "cache"),
    }
