"""The task preview.recolor on real servers: one preview in other colors, or the reason why not."""

import io
from collections.abc import AsyncIterator

import anyio
import numpy as np
import pytest
from PIL import Image

from shared.documents import Failure
from shared.jobs.options import Coloring, Hint, ResultFormat
from shared.queue import Queue
from shared.recoloring import Recolorings, RecolorRequest, open_recolorings
from tests.fixtures.worker import MODEL, Workplace
from tests.zoo.pictures import picture
from worker.leasing.exclusive_lock import SharedExclusiveLock
from worker.models.inference import Colorizers
from worker.recolor.recolor import PreviewRecolorer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def recolorings(workplace: Workplace) -> AsyncIterator[Recolorings]:
    async with open_recolorings(workplace.environment["PHOTOCHROM_REDIS__URL"]) as recolorings:
        yield recolorings


@pytest.fixture
async def preview(workplace: Workplace) -> str:
    """The key of the source's preview of a colorized picture."""
    job = await workplace.submit_picture(picture())
    await workplace.colorizer().colorize(job.id, 0)
    (item,) = await workplace.items(job)
    assert item.previews is not None
    return item.previews.source.key


def recolorer(workplace: Workplace, recolorings: Recolorings, zoo: str = "stub", **other: object) -> PreviewRecolorer:
    colorizers: Colorizers = workplace.colorizer(zoo).colorizers
    parts = {"storage": workplace.storage, "decoders": workplace.decoders, "process_lock": SharedExclusiveLock()}
    return PreviewRecolorer(recolorings=recolorings, colorizers=colorizers, **parts | other)  # type: ignore[arg-type]


def request_for(preview: str, **coloring: object) -> RecolorRequest:
    options = Coloring.model_validate({"model": MODEL, **coloring}).as_options(ResultFormat.WEBP, 80)
    return RecolorRequest(preview=preview, options=options, checkpoint=None)


async def answer_to(
    workplace: Workplace, recolorings: Recolorings, request: RecolorRequest, zoo: str = "stub"
) -> bytes | Failure | None:
    token = await recolorings.ask(request)
    await recolorer(workplace, recolorings, zoo).recolor("job_x", token)
    return await recolorings.wait(token, 5)


async def test_a_preview_is_colorized_and_nothing_is_stored(
    workplace: Workplace, recolorings: Recolorings, preview: str
) -> None:
    before = [info.key async for info in workplace.storage.list_prefix("jobs/")]

    answers = [await answer_to(workplace, recolorings, request_for(preview, vividness=each)) for each in (0.2, 1.5)]

    source = Image.open(io.BytesIO(await workplace.storage.get(preview)))
    pictures = []
    for answer in answers:
        assert isinstance(answer, bytes)
        image = Image.open(io.BytesIO(answer))
        assert (image.format, image.size) == ("WEBP", source.size)
        assert b"compositeWithTrainedAlgorithmicMedia" in answer
        pictures.append(np.asarray(image.convert("RGB"), np.int16))
    assert [key async for key in _keys(workplace)] == before
    spread = [np.ptp(pixels, axis=2).mean() for pixels in pictures]
    assert spread[1] > spread[0] + 1


async def _keys(workplace: Workplace) -> AsyncIterator[str]:
    async for info in workplace.storage.list_prefix("jobs/"):
        yield info.key


async def test_a_request_is_answered_once(workplace: Workplace, recolorings: Recolorings, preview: str) -> None:
    token = await recolorings.ask(request_for(preview))
    worker = recolorer(workplace, recolorings)

    await worker.recolor("job_x", token)
    await worker.recolor("job_x", token)

    assert isinstance(await recolorings.wait(token, 1), bytes)
    assert await recolorings.wait(token, 0.1) is None


async def test_a_request_that_was_dropped_or_is_late_is_skipped(
    workplace: Workplace, recolorings: Recolorings, preview: str
) -> None:
    dropped, late = await recolorings.ask(request_for(preview)), await recolorings.ask(request_for(preview))
    await recolorings.drop(dropped)
    workplace.redis.pexpire(f"photochrom:recolor:request:{late}", 1)
    await anyio.sleep(0.05)

    for token in (dropped, late):
        await recolorer(workplace, recolorings).recolor("job_x", token)
        assert await recolorings.wait(token, 0.1) is None


async def test_requests_and_answers_expire(workplace: Workplace, recolorings: Recolorings, preview: str) -> None:
    await recolorings.ask(request_for(preview))
    await answer_to(workplace, recolorings, request_for(preview))
    token = await recolorings.ask(request_for(preview))
    await recolorer(workplace, recolorings).recolor("job_x", token)

    keys = workplace.redis.keys("photochrom:recolor:*")

    assert len(keys) == 2
    assert all(0 < workplace.redis.ttl(key) <= 10 for key in keys)


@pytest.mark.parametrize(
    ("zoo", "coloring", "code"),
    [
        ("nan", {}, "colorizer_failed"),
        ("stub", {"hints": [Hint(x=0.5, y=0.5, color="#b03020")]}, "hints_unsupported"),
    ],
)
async def test_what_the_colorizer_cannot_do_is_answered(
    workplace: Workplace, recolorings: Recolorings, zoo: str, coloring: dict[str, object], code: str
) -> None:
    black = io.BytesIO()
    Image.new("L", (64, 48)).save(black, "WEBP")
    await workplace.storage.put("jobs/x/previews/black", black.getvalue(), "image/webp")

    answer = await answer_to(workplace, recolorings, request_for("jobs/x/previews/black", **coloring), zoo)

    assert isinstance(answer, Failure)
    assert answer.code == code


async def test_a_preview_that_is_gone_or_broken_is_answered(workplace: Workplace, recolorings: Recolorings) -> None:
    await workplace.storage.put("jobs/x/previews/broken", b"RIFF", "image/webp")

    gone = await answer_to(workplace, recolorings, request_for("jobs/x/previews/gone"))
    broken = await answer_to(workplace, recolorings, request_for("jobs/x/previews/broken"))

    assert isinstance(gone, Failure)
    assert isinstance(broken, Failure)
    assert (gone.code, broken.code) == ("no_preview", "unsupported_format")


async def test_a_suspected_picture_has_the_process_to_itself(
    workplace: Workplace, recolorings: Recolorings, preview: str
) -> None:
    lock = SharedExclusiveLock()
    token = await recolorings.ask(request_for(preview))
    async with anyio.create_task_group() as group:
        async with lock.exclusive():
            group.start_soon(recolorer(workplace, recolorings, process_lock=lock).recolor, "job_x", token)
            assert await recolorings.wait(token, 0.5) is None
        assert isinstance(await recolorings.wait(token, 10), bytes)


async def test_the_message_goes_to_the_interactive_queue(workplace: Workplace) -> None:
    assert await workplace.dispatcher.send_recoloring("job_x", "token")

    assert workplace.messages(Queue.INTERACTIVE) == [("job_x", "token")]
