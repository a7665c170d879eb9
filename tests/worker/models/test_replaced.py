"""Weights that were replaced under their model's name: found by SHA-256, for jobs that were accepted with them."""

import shutil
from pathlib import Path

import pytest
import torch

from shared.jobs.documents import Job
from shared.jobs.options import Options
from shared.lifecycle import ItemState, JobState
from shared.queue import Queue
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import work_off
from tests.zoo.pictures import scans
from worker.colorizer import Colorizer
from worker.colorizer.checkpoint import CheckpointInfo, read_card, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig
from worker.models.inference import Colorizers
from worker.models.registry import ModelRegistry, ModelReplaced


@pytest.fixture
def models(trained: Path, tmp_path: Path) -> Path:
    """A folder with the model `museum`, whose earlier weights are `trained`."""
    folder, config = tmp_path / "cards", GeneratorConfig(decoder_channels=(16, 16, 16, 16))
    torch.manual_seed(1)
    save_checkpoint(folder, CheckpointInfo("museum", config), Generator(config))
    return folder


def keep(trained: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    for path in (trained, trained.with_suffix(".json")):
        shutil.copy(path, folder)


def sha256_of(weights: Path) -> str:
    return read_card(weights.with_suffix(".json"))[1].sha256


def test_weights_are_found_by_their_hash_in_any_folder_below(models: Path, trained: Path) -> None:
    keep(trained, models / "replaced" / "2025")
    colorizers = Colorizers(ModelRegistry(models), Colorizer.load, "cpu")
    colorizers.load_all()

    earlier, current = colorizers.get("museum", sha256_of(trained)), colorizers.get("museum")

    assert earlier.sha256 == sha256_of(trained) != current.sha256
    assert colorizers.get("museum", current.sha256) is current
    assert colorizers.get("museum", earlier.sha256) is earlier
    assert ModelRegistry(models).names() == ["museum"]


def test_weights_that_are_gone_are_not_replaced_by_others(models: Path, trained: Path) -> None:
    colorizers = Colorizers(ModelRegistry(models), Colorizer.load, "cpu")

    with pytest.raises(ModelReplaced, match=f"other weights than {sha256_of(trained)}"):
        colorizers.get("museum", sha256_of(trained))


def test_damaged_weights_of_one_job_do_not_stop_the_worker(models: Path, trained: Path) -> None:
    keep(trained, models / "replaced")
    (models / "replaced" / trained.name).write_bytes(b"damaged")

    with pytest.raises(ModelReplaced, match="SHA-256"):
        Colorizers(ModelRegistry(models), Colorizer.load, "cpu").get("museum", sha256_of(trained))


@pytest.mark.anyio
async def test_a_job_gets_the_weights_that_it_was_accepted_with_or_fails_until_they_are_back(
    workplace: Workplace, models: Path, trained: Path
) -> None:
    async def work(job: Job) -> Job:
        await workplace.expander().expand(job.id)
        await work_off(workplace, workplace.colorizer(colorizers=Colorizers(registry, Colorizer.load, "cpu")))
        return await workplace.job(job)

    registry, before = ModelRegistry(models), sha256_of(trained)
    job = await workplace.submit_archive(scans(2), options=Options(model="museum"), checkpoint=before)

    failed = await work(job)

    items = await workplace.items(job)
    assert (failed.state, {item.state for item in items}) == (JobState.FAILED, {ItemState.FAILED})
    assert {item.error and item.error.code for item in items} == {"model_replaced"}
    assert str(models) not in (items[0].error.detail if items[0].error else "")

    keep(trained, models / "replaced")
    assert await workplace.job_service.retry(failed)
    workplace.drain(Queue.INGEST)
    retried = await work(failed)

    assert retried.state is JobState.SUCCEEDED
    assert {item.results[0].checkpoint for item in await workplace.items(job)} == {before}
