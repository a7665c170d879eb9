"""Any span of the bytes of `results.zip`, generated from the chunks that it touches and their results."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from api.dependencies import Gateway
from api.http.ranges import Span, pieces_within
from api.results.errors import ResultsChanged
from api.results.zip_format import CentralDirectory, ZipEntry, local_header
from api.results.zip_layout import ALL, ArchiveLayout, LayoutBuilder, Selection
from shared.chunks.documents import Chunk
from shared.jobs.documents import Job
from shared.storage.protocol import ObjectStorage

# So many results, if they are not larger than this, are prefetched while those before them are being sent.
PREFETCH_BYTES = 4 * 1024 * 1024
PREFETCH = 4


@dataclass(frozen=True, slots=True)
class _File:
    entry: ZipEntry
    key: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some bytes in memory, followed by a span of an object."""

    head: bytes
    key: str
    body: Span


async def measure_archive(gateway: Gateway, job: Job) -> ArchiveLayout:
    """From the sums in the chunks, or from a chunk's items if its sums do not suffice."""
    layout, no = LayoutBuilder(), 0
    async for sums in gateway.chunks.sums(job):
        if sums is None or not layout.directory.add_many(sums.count, sums.names, sums.bytes, sums.largest):
            async for chunk in gateway.chunks.in_order(job, first=no, stop=no + 1):
                for file in _files(chunk):
                    layout.directory.add(file.entry)
        layout.close_chunk()
        no += 1
    return layout.build()


async def measure_selected(gateway: Gateway, job: Job, selection: Selection) -> ArchiveLayout:
    """From these items: the sums are those of all results."""
    layout, digest, no = LayoutBuilder(), sha256(), 0
    spans = selection.items.chunks(job.chunk_items) if selection.items else [range(job.chunks or 0)]
    for span in spans:
        async for chunk in gateway.chunks.in_order(job, first=span.start, stop=span.stop, verdict=selection.verdict):
            for _ in range(no, chunk.no):
                layout.close_chunk()
            for file in _files(chunk, selection):
                digest.update(layout.directory.add(file.entry))
            layout.close_chunk()
            no = chunk.no + 1
    for _ in range(no, job.chunks or 0):
        layout.close_chunk()
    return layout.build(selection, digest.hexdigest())


async def stream_archive(gateway: Gateway, job: Job, layout: ArchiveLayout, span: Span) -> AsyncGenerator[bytes, None]:
    """Raises ResultsChanged if the chunks no longer fit the layout, and what the stores and storage raise."""
    async with aclosing(_fetch(gateway.storage, _contents(gateway, job, layout, span))) as contents:
        async for content in contents:
            yield content
    async with aclosing(_records(gateway, job, layout, span)) as records:
        async for part in records:
            yield part
    last = span.within(layout.records[-1], len(layout.end))
    yield layout.end[last.start : last.stop]


def _files(chunk: Chunk, selection: Selection = ALL) -> list[_File]:
    return [
        _File(ZipEntry(member, result.bytes, result.crc32), result.key)
        for item in chunk.items
        if item in selection
        for member, result in item.results_by_member()
    ]


async def _contents(gateway: Gateway, job: Job, layout: ArchiveLayout, span: Span) -> AsyncGenerator[_Piece, None]:
    async for chunk in _chunks(gateway, job, layout.contents, span):
        offset = layout.contents[chunk.no]
        for file in _files(chunk, layout.selection):
            header = local_header(file.entry)
            head, body = span.within(offset, len(header)), span.within(offset + len(header), file.entry.size)
            if head.size or body.size:
                yield _Piece(header[head.start : head.stop], file.key, body)
            offset += len(header) + file.entry.size
        _check(offset == layout.contents[chunk.no + 1])


async def _records(gateway: Gateway, job: Job, layout: ArchiveLayout, span: Span) -> AsyncGenerator[bytes, None]:
    async for chunk in _chunks(gateway, job, layout.records, span):
        directory = CentralDirectory(layout.contents[chunk.no])
        records = b"".join(directory.add(file.entry) for file in _files(chunk, layout.selection))
        offset = layout.records[chunk.no]
        _check(offset + len(records) == layout.records[chunk.no + 1])
        part = span.within(offset, len(records))
        yield records[part.start : part.stop]


async def _chunks(gateway: Gateway, job: Job, edges: Sequence[int], span: Span) -> AsyncGenerator[Chunk, None]:
    """The chunks with entries in this span: between those of a selection, there may be thousands without any."""
    touched = [no for no in pieces_within(edges, span) if edges[no] < edges[no + 1]]
    for run in _runs(touched):
        done = run.start
        async for chunk in gateway.chunks.in_order(job, first=run.start, stop=run.stop):
            yield chunk
            done = chunk.no + 1
        _check(done == run.stop)


def _runs(numbers: Sequence[int]) -> Iterator[range]:
    """Ascending numbers, as ranges without gaps."""
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        (_, first), *rest = run
        yield range(first, first + len(rest) + 1)


def _check(fits: bool) -> None:
    """A finished job does not change, but it may have been retried during the download."""
    if not fits:
        raise ResultsChanged(
            "The job was retried, or its results judged, during the download. Download them again when it has finished."
        )


async def _fetch(storage: ObjectStorage, pieces: AsyncGenerator[_Piece, None]) -> AsyncGenerator[bytes, None]:
    """The bytes of the pieces. A few small ones are prefetched."""
    waiting: deque[tuple[_Piece, asyncio.Task[bytes] | None]] = deque()
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                waiting.append((piece, _prefetch(storage, piece)))
                if len(waiting) > PREFETCH:
                    async for content in _content(storage, *waiting.popleft()):
                        yield content
        while waiting:
            async for content in _content(storage, *waiting.popleft()):
                yield content
    finally:
        for _, task in waiting:
            if task is not None:
                task.cancel()


def _prefetch(storage: ObjectStorage, piece: _Piece) -> asyncio.Task[bytes] | None:
    return asyncio.create_task(_body(storage, piece)) if piece.body.size <= PREFETCH_BYTES else None


async def _body(storage: ObjectStorage, piece: _Piece) -> bytes:
    if not piece.body.size:
        return b""
    return await storage.get_range(piece.key, piece.body.start, piece.body.size)


async def _content(
    storage: ObjectStorage, piece: _Piece, fetched: asyncio.Task[bytes] | None
) -> AsyncGenerator[bytes, None]:
    """The head is sent with the first bytes of the body, so that the answer starts only once storage delivers."""
    head = piece.head
    if fetched is not None:
        yield head + await fetched
        return
    async with aclosing(storage.open_range(piece.key, piece.body.start, piece.body.size)) as content:
        async for chunk in content:
            yield head + chunk if head else chunk
            head = b""
