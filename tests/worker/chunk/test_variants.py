"""Variants in a worker: drawn, stored and recorded together, each with what it takes to repeat it."""

import io
from pathlib import Path

import pytest
from PIL import Image

from shared.jobs.documents import Job
from shared.jobs.options import Hint, Options, ResultFormat
from shared.lifecycle import ItemState, JobState
from tests.fixtures.worker import MODEL, Workplace
from tests.fixtures.worker_steps import work_off
from tests.shared.archives.making import make_zip
from tests.zoo.pictures import black_picture, picture
from worker.chunk.request import prompt_for, variant_requests
from worker.colorizer import Colorizer, Draw
from worker.imaging import Provenance
from worker.models.inference import Colorizers
from worker.models.registry import ModelRegistry

pytestmark = pytest.mark.anyio

MODELS = Path(__file__).parents[3] / "models"
SCANS = make_zip([("a.jpg", picture(1)), ("b.jpg", picture(2))])


def options_with(**options: object) -> Options:
    return Options.model_validate({"model": MODEL, **options})


async def colorized(workplace: Workplace, content: bytes, **options: object) -> Job:
    job = await workplace.expanded(content, options=options_with(**options))
    await work_off(workplace, workplace.colorizer())
    return await workplace.check(job)


async def results(workplace: Workplace, job: Job) -> list[list[bytes]]:
    """The variants of each item."""
    return [[await workplace.storage.get(result.key) for result in item.results] for item in await workplace.items(job)]


async def test_every_variant_is_a_separate_result(workplace: Workplace) -> None:
    job = await colorized(workplace, SCANS, variants=3, seed=7)

    assert (job.state, job.counts and job.counts.succeeded) == (JobState.SUCCEEDED, 2)
    for each in await results(workplace, job):
        assert len(set(each)) == 3


async def test_the_first_variant_of_seed_0_is_the_result_without_variants(workplace: Workplace) -> None:
    plain, several, seeded = [
        await results(workplace, await colorized(workplace, SCANS, **options))
        for options in ({}, {"variants": 2}, {"seed": 7})
    ]

    assert [first for first, _ in several] == [only for (only,) in plain]
    assert [only for (only,) in seeded] != [only for (only,) in plain]


async def test_the_same_seed_gives_the_same_bytes_however_many_variants_there_are(workplace: Workplace) -> None:
    two, four = [
        await results(workplace, await colorized(workplace, SCANS, variants=variants, seed=2**32 - 1))
        for variants in (2, 4)
    ]

    assert [each[:2] for each in four] == two


async def test_sums_count_results_and_counts_count_items(workplace: Workplace) -> None:
    job = await colorized(workplace, make_zip([("a.jpg", picture(1)), ("b.jpg", picture(2)[:200])]), variants=2)

    chunk = await workplace.chunk(job)
    assert (chunk.counts.succeeded, chunk.counts.failed) == (1, 1)
    assert chunk.sums is not None
    assert (chunk.sums.count, chunk.sums.names) == (2, len("variant-1/a.jpgvariant-2/a.jpg"))
    assert [len(item.results) for item in chunk.items] == [2, 0]


async def test_every_variant_has_the_requested_format(workplace: Workplace) -> None:
    job = await colorized(workplace, SCANS, variants=2, format=ResultFormat.PNG)

    opened = [Image.open(io.BytesIO(content)) for each in await results(workplace, job) for content in each]
    assert [image.format for image in opened] == ["PNG"] * 4
    paths = [path for item in await workplace.items(job) for path, _ in item.results_by_member()]
    assert paths == ["variant-1/a.png", "variant-2/a.png", "variant-1/b.png", "variant-2/b.png"]


async def test_a_picture_with_a_failing_variant_has_no_results(workplace: Workplace) -> None:
    job = await workplace.expanded(make_zip([("black.jpg", black_picture())]), options=options_with(variants=2))

    await work_off(workplace, workplace.colorizer("nan"))

    await workplace.check(job)
    (item,) = await workplace.items(job)
    assert (item.state, item.results) == (ItemState.FAILED, [])


async def test_a_retry_makes_all_variants_of_failed_pictures(workplace: Workplace) -> None:
    job = await workplace.expanded(
        make_zip([("a.jpg", picture(1)), ("black.jpg", black_picture())]), options=options_with(variants=2, seed=3)
    )
    await work_off(workplace, workplace.colorizer("nan"))
    before = (await workplace.items(job))[0].results

    await workplace.job_service.retry(await workplace.check(job))
    await workplace.expander().expand(job.id)
    await work_off(workplace, workplace.colorizer())

    assert (await workplace.check(job)).state is JobState.SUCCEEDED
    kept, retried = await workplace.items(job)
    assert kept.results == before
    assert [result.variant for result in retried.results] == [1, 2]


async def test_the_metadata_records_the_numbers_of_a_draw_but_not_of_the_estimate(workplace: Workplace) -> None:
    hint = Hint(x=0.25, y=0.5, color="#b03020")
    options = Options(model="base", format=ResultFormat.PNG, variants=2, vividness=0.75, hints=(hint,))
    job = await workplace.submit_picture(picture(size=(64, 48)), options=options)

    await workplace.colorizer(colorizers=Colorizers(ModelRegistry(MODELS), Colorizer.load, "cpu")).colorize(job.id, 0)

    ((estimate, drawn),) = await results(workplace, await workplace.check(job))
    assert b'AIPromptInformation="0.25,0.5,#b03020"' in estimate
    assert b'AIPromptInformation="0.25,0.5,#b03020;seed=0;variant=2;vividness=0.75"' in drawn


async def test_memory_does_not_grow_with_the_number_of_variants(workplace: Workplace) -> None:
    """At most one composed result at a time, in addition to the decoded picture."""
    waiting: list[str] = []
    held: list[int] = []

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(workplace.decoders, name)

        def compose(self, *args: object) -> object:
            held.append(len(waiting))
            composed = workplace.decoders.compose(*args)  # type: ignore[arg-type]
            waiting.append("composed")
            return composed

    class Storing:
        def __getattr__(self, name: str) -> object:
            return getattr(workplace.storage, name)

        async def put(self, key: str, *args: object) -> None:
            await workplace.storage.put(key, *args)  # type: ignore[arg-type]
            if "/results/" in key:
                waiting.pop()

    job = await workplace.submit_picture(picture(), options=options_with(variants=4))
    await workplace.colorizer(decoders=Counting(), storage=Storing()).colorize(job.id, 0)

    await workplace.check(job)
    assert held == [0, 0, 0, 0]
    assert waiting == []


def test_the_default_options_request_the_estimate() -> None:
    assert [variant.draw for variant in variant_requests(Options(), Provenance("tests", "stub", "5" * 64))] == [
        Draw(0, 1)
    ]
    assert prompt_for(Options(), Draw(0, 1)) == ""
    assert prompt_for(Options(seed=7, variants=2), Draw(7, 2)) == "seed=7;variant=2;vividness=1.0"
