"""The pipeline with fake stages: every picture comes out of it exactly once, whatever happens."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import anyio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.archives.entries import whole_object
from shared.chunks.documents import Item
from shared.clock import utc_now
from shared.jobs.documents import Job, JobKind, Listing, Source
from shared.jobs.options import Options
from shared.storage.buckets import Buckets
from shared.storage.errors import ObjectNotFound
from worker.chunk.memory_budget import MemoryBudget
from worker.chunk.pipeline import Pipeline
from worker.chunk.request import variant_requests
from worker.imaging import ComposeOptions, PictureError, Provenance
from worker.imaging.facts import Facts
from worker.models.inference import InferenceRequest
from worker.sandbox import ComposedPicture, DecodedPicture
from worker.sandbox.memory import Memory

NUMBER_BYTES = 4
ARCHIVE = "scans.tar"
LISTING = Listing(key="listing", entries=1, columns=[])
# The error codes of pictures that fail in these stages.
CODES = {"decode": "corrupt_image", "infer": "colorizer_failed", "compose": "unsupported_format"}


@dataclass(frozen=True)
class Picture:
    """Its size in bytes at each stage, the side of its network input, and the stage in which it fails, if any."""

    stored: int
    decoded: int
    composed: int
    side: int
    fails_in: str | None = None


pictures = st.builds(
    Picture,
    stored=st.integers(NUMBER_BYTES, 300),
    decoded=st.integers(0, 600),
    composed=st.integers(1, 300),
    side=st.integers(1, 3),
    fails_in=st.sampled_from([None, None, "fetch", *CODES]),
)


def delay() -> None:
    time.sleep(random.choice((0, 0, 0.001)))


class Stages:
    """Fake storage, decoders and colorizers for a few pictures. Each source begins with the number of its picture."""

    def __init__(self, known: Sequence[Picture], children: int, minibatch: int) -> None:
        self.known, self.children, self.minibatch = known, children, minibatch
        self.sources = [n.to_bytes(NUMBER_BYTES, "big").ljust(picture.stored) for n, picture in enumerate(known)]
        self.offsets = [0, *accumulate(map(len, self.sources))]

    def item(self, number: int, *, is_listed: bool) -> Item:
        gone = self.known[number].fails_in == "fetch"
        locator: dict[str, Any] = {
            **whole_object(ARCHIVE, len(self.sources[number]), crc32=gone or None),
            "offset": self.offsets[number],
        }
        if is_listed:
            locator |= {"key": "gone" if gone else str(number), "offset": 0, "etag": "e"}
        return Item(index=number, name=f"{number}.jpg", member=f"{number}.jpg", locator=locator)

    async def get_range(self, key: str, offset: int, length: int, etag: str | None = None) -> bytes:
        await anyio.sleep(random.choice((0, 0.001)))
        if key == "gone":
            raise ObjectNotFound(key)
        content = b"".join(self.sources) if key == ARCHIVE else self.sources[int(key)]
        return content[offset : offset + length]

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        await anyio.sleep(random.choice((0, 0.001)))

    def decode(self, source: bytes) -> DecodedPicture:
        picture = self._passes("decode", source)
        facts = Facts(
            format="JPEG",
            media_type="image/jpeg",
            width=picture.side,
            height=picture.side,
            mode="L",
            has_alpha=False,
            orientation=1,
        )
        network_input = np.full((picture.side, picture.side), picture.fails_in == "infer", np.uint8)
        return DecodedPicture(
            facts, network_input, Memory("source", [source]), Memory("planes", [bytes(picture.decoded)])
        )

    def infer(self, request: InferenceRequest, planes: Sequence[np.ndarray]) -> list[np.ndarray]:
        delay()
        assert len({plane.shape for plane in planes}) == 1
        return [np.full((2, *plane.shape), np.nan if plane.any() else 0, np.float32) for plane in planes]

    def compose(self, picture: DecodedPicture, chroma: np.ndarray, options: ComposeOptions) -> ComposedPicture:
        known = self._passes("compose", picture.source.read(NUMBER_BYTES))
        return ComposedPicture(bytes(known.composed), picture.facts.width, picture.facts.height, "image/jpeg")

    def _passes(self, stage: str, source: bytes) -> Picture:
        delay()
        picture = self.known[int.from_bytes(source[:NUMBER_BYTES], "big")]
        if picture.fails_in == stage:
            raise PictureError(CODES[stage], "As planned.")
        return picture


class Run:
    """One chunk in the pipeline."""

    def __init__(self, stages: Stages, budget: MemoryBudget, *, is_listed: bool = False, variants: int = 1) -> None:
        self.stages, self.is_listed = stages, is_listed
        self.finished: list[tuple[int, str | None]] = []
        self.results: dict[int, list[int]] = {}
        source = Source(key=ARCHIVE, filename=ARCHIVE, media_type="application/x-tar", bytes=1, sha256="0" * 64)
        fields = {"owner": "museum", "kind": JobKind.BULK, "source": source, "options": Options(variants=variants)}
        self.pipeline = Pipeline(
            storage=stages,  # type: ignore[arg-type]
            buckets=Buckets(stages),  # type: ignore[arg-type]
            decoders=stages,  # type: ignore[arg-type]
            colorizers=stages,  # type: ignore[arg-type]
            variants=variant_requests(Options(variants=variants), Provenance("tests", "stub", "5" * 64)),
            job=Job(**fields, chunk_items=64, created_at=utc_now(), listing=LISTING if is_listed else None),
            token="token",
            budget=budget,
            finish=self.finish,
        )

    async def finish(self, place: int, item: Item) -> None:
        self.finished.append((place, item.error and item.error.code))
        self.results[place] = [result.variant for result in item.results]

    async def work(self) -> None:
        numbers = range(len(self.stages.known))
        with anyio.fail_after(60):
            await self.pipeline.run([(n, self.stages.item(n, is_listed=self.is_listed)) for n in numbers])


@settings(max_examples=150, deadline=None)
@given(
    known=st.lists(pictures, min_size=1, max_size=24),
    children=st.integers(1, 3),
    minibatch=st.integers(1, 5),
    size=st.integers(1, 1000),
    idle=st.integers(0, 500),
    is_listed=st.booleans(),
    variants=st.integers(1, 3),
)
def test_every_picture_comes_out_once_whatever_its_memory(
    *, known: list[Picture], children: int, minibatch: int, size: int, idle: int, is_listed: bool, variants: int
) -> None:
    budget = MemoryBudget(size, idle_bytes=idle)
    run = Run(Stages(known, children, minibatch), budget, is_listed=is_listed, variants=variants)

    anyio.run(run.work)

    codes = {None: None, "fetch": "source_missing" if is_listed else "corrupt_entry", **CODES}
    assert sorted(run.finished) == [(number, codes[picture.fails_in]) for number, picture in enumerate(known)]
    all_variants = list(range(1, variants + 1))
    assert run.results == {n: [] if picture.fails_in else all_variants for n, picture in enumerate(known)}
    assert budget.reserved == 0


@pytest.fixture
def stages() -> Stages:
    """More pictures than fit into the budget: when one fails, others are in every stage."""
    return Stages([Picture(60, 90, 30, 1 + number % 3) for number in range(24)], 2, 3)


@pytest.mark.parametrize("is_listed", [False, True])
@pytest.mark.parametrize(("broken", "at"), [("get_range", 0), ("decode", 5), ("infer", 2), ("compose", 3), ("put", 1)])
@pytest.mark.usefixtures("nothing_left_open")
def test_a_broken_stage_ends_the_pipeline_and_releases_everything(
    stages: Stages, broken: str, at: int, is_listed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = MemoryBudget(300, idle_bytes=200)
    run = Run(stages, budget, is_listed=is_listed)
    monkeypatch.setattr(stages, broken, breaking(getattr(stages, broken), at))

    with pytest.raises(ExceptionGroup) as raised:
        anyio.run(run.work)

    assert raised.group_contains(ConnectionError, match="broken")
    assert budget.reserved == 0
    assert len(run.finished) < len(stages.known)


def breaking(real: Callable[..., Any], at: int) -> Callable[..., Any]:
    """The same function, except that call number `at` (from 0) and all later ones raise."""
    calls = iter(range(at))

    def called(*args: Any) -> Any:
        if next(calls, None) is None:
            raise ConnectionError("broken")
        return real(*args)

    return called
