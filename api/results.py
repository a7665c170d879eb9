"""`GET /v1/jobs/{job_id}/results.zip`: all results as one archive, made while it is downloaded and kept nowhere."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api import errors
from api.dependencies import Gateway, GatewayOf, Owner
from api.downloads import Begun, Download
from api.filenames import result_member
from api.jobs.service import find_job
from api.problems import declare
from api.zipping import CentralDirectory, ZipEntry, local_header
from shared.chunks.documents import Chunk
from shared.errors import Unavailable
from shared.jobs.documents import Job
from shared.jobs.lifecycle import ItemState
from shared.storage.protocol import ObjectStorage

router = APIRouter(prefix="/jobs/{job_id}", tags=["jobs"])

# Results up to this size are fetched whole while those before them are being sent.
AHEAD_BYTES = 4 * 1024 * 1024
AHEAD = 4


@router.get(
    "/results.zip",
    summary="Download all results",
    response_class=Response,
    responses={
        200: {
            "description": "Every succeeded item under its `member` path; its length is known beforehand.",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
        **declare(errors.JobNotFound, errors.InvalidRequest, errors.NotFinished, Unavailable),
    },
)
async def get_results(
    gateway: GatewayOf, owner: Owner, job_id: Annotated[str, Path(max_length=64)]
) -> Response:
    """One zip of what succeeded, once the job is over. The same job gives the same bytes each time."""
    job = await find_job(gateway, owner, job_id)
    if not job.state.is_terminal:
        raise errors.NotFinished(
            f"The job is {job.state}; its results can be had one by one until it is over."
        )
    size = await _archive_size(gateway, job)
    stream = await Begun.of(_archive(gateway, job))
    return Download(stream, size, _filename(job), "application/zip")


@dataclass(frozen=True, slots=True)
class _File:
    entry: ZipEntry
    key: str


def _filename(job: Job) -> str:
    stem = PurePosixPath(job.source.filename or "").stem
    return f"{stem}-colorized.zip" if stem else f"{job.id}.zip"


async def _files(gateway: Gateway, job: Job) -> AsyncGenerator[list[_File], None]:
    """A chunk's results at a time, in order. For a large job they are too many to be kept, so they are read again."""
    async for chunk in gateway.chunks.in_order(job.id):
        yield _files_of(chunk)


def _files_of(chunk: Chunk) -> list[_File]:
    succeeded = [(item, item.results[0]) for item in chunk.items if item.state is ItemState.SUCCEEDED]
    return [
        _File(ZipEntry(result_member(item.member, result.media_type), result.bytes, result.crc32), result.key)
        for item, result in succeeded
    ]


async def _archive_size(gateway: Gateway, job: Job) -> int:
    directory = CentralDirectory()
    async for files in _files(gateway, job):
        for file in files:
            directory.add(file.entry)
    return directory.archive_size()


async def _archive(gateway: Gateway, job: Job) -> AsyncGenerator[bytes, None]:
    async with aclosing(_contents(gateway, job)) as contents:
        async for piece in contents:
            yield piece
    directory = CentralDirectory()
    async for files in _files(gateway, job):
        yield b"".join(directory.add(file.entry) for file in files)
    yield directory.end()


async def _contents(gateway: Gateway, job: Job) -> AsyncGenerator[bytes, None]:
    """Headers and bytes of the entries, a few of the small ones fetched ahead of their turn."""
    waiting: deque[tuple[_File, asyncio.Task[bytes] | None]] = deque()
    try:
        async for files in _files(gateway, job):
            for file in files:
                waiting.append((file, _fetch_ahead(gateway.storage, file)))
                if len(waiting) > AHEAD:
                    async for piece in _content(gateway.storage, *waiting.popleft()):
                        yield piece
        while waiting:
            async for piece in _content(gateway.storage, *waiting.popleft()):
                yield piece
    finally:
        for _, task in waiting:
            if task is not None:
                task.cancel()


def _fetch_ahead(storage: ObjectStorage, file: _File) -> asyncio.Task[bytes] | None:
    if file.entry.size > AHEAD_BYTES:
        return None
    return asyncio.create_task(_whole(storage, file))


async def _whole(storage: ObjectStorage, file: _File) -> bytes:
    return await storage.get_range(file.key, 0, file.entry.size)


async def _content(
    storage: ObjectStorage, file: _File, fetched: asyncio.Task[bytes] | None
) -> AsyncGenerator[bytes, None]:
    """The header comes with the first bytes: an answer must not begin before storage has given any."""
    header = local_header(file.entry)
    if fetched is not None:
        yield header + await fetched
        return
    async with aclosing(storage.open_range(file.key, 0, file.entry.size)) as content:
        async for chunk in content:
            yield header + chunk if header else chunk
            header = b""
