"""job.expand: read an archive's index and lay its entries out as chunks of item locators. No picture is looked at."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from functools import partial

import anyio
import structlog

from shared.archives.compressed_tape import CompressedTape
from shared.archives.entries import ArchiveLimits, Entry
from shared.archives.errors import ArchiveError
from shared.archives.names import MemberNames
from shared.archives.packing import packed_entries
from shared.archives.reader import StorageReader
from shared.archives.sniffing import COMPRESSED
from shared.archives.tar_index import tar_entries
from shared.archives.zip_index import zip_entries
from shared.chunks.documents import Chunk, Item, new_chunk
from shared.dispatch import Dispatcher
from shared.errors import Unavailable
from shared.ids import new_lease_token
from shared.jobs.documents import Failure, Job, Totals
from shared.jobs.lifecycle import Counts, ItemState
from shared.queue import Queue
from shared.settings import DispatchSettings, LeaseSettings
from shared.storage.errors import ObjectNotFound, StorageRefused
from shared.storage.keys import pack_key
from shared.storage.protocol import ObjectStorage
from worker.lease import LeaseLost, Stopped, held_lease
from worker.patience import PatientStorage

log = structlog.get_logger()

CHUNKS_PER_INSERT = 16
INDEXES = {"application/zip": zip_entries, "application/x-tar": tar_entries}

SOURCE_MISSING = Failure(code="source_missing", detail="The archive is no longer in the storage.")
# An archive that took down this many workers is not given another one.
MOST_EXPIRIES = 5
WORKER_LOST = Failure(code="worker_lost", detail="Workers ended again and again while they were reading the archive.")

SKIP_REASONS = {
    "directory": "A folder, not a picture.",
    "link": "A link; links are not followed.",
    "special_file": "A device or another special file.",
    "system_file": "A file that an operating system put there.",
    "hidden_file": "A hidden file.",
    "nested_archive": "An archive within the archive; submit it by itself.",
    "not_an_image": "Not a picture, by its name.",
}


@dataclass(frozen=True)
class Expander:
    dispatcher: Dispatcher
    storage: ObjectStorage
    lease: LeaseSettings
    dispatch: DispatchSettings
    worker: str
    stopping: anyio.Event
    limits: ArchiveLimits = field(default_factory=ArchiveLimits)

    async def expand(self, job_id: str) -> None:
        """Expand a queued job, unless somebody else does. Harmless to repeat: chunk ids are deterministic."""
        token = new_lease_token()
        jobs = self.dispatcher.jobs
        job = await jobs.claim_expansion(job_id, token, self.worker, self.lease.seconds)
        if job is None:
            return
        if job.expiries >= MOST_EXPIRIES and job.chunks is None:
            await self._fail(job, token, WORKER_LOST)
            return
        log.info("job.expanding", job=job.id, bytes=job.source.bytes)
        try:
            renew = partial(jobs.renew_expansion, job.id, token, self.lease.seconds)
            async with held_lease(renew, self.lease, self.stopping):
                sealed = await (self._lay_out(job, token) if job.chunks is None else self._reopen(job, token))
        except LeaseLost:
            log.warning("job.expansion_lost", job=job.id)
        except Stopped:
            await jobs.release_expansion(job.id, token)
        except ArchiveError as error:
            await self._fail(job, token, Failure(code=error.code, detail=error.detail))
        except ObjectNotFound:
            await self._fail(job, token, SOURCE_MISSING)
        except (Unavailable, StorageRefused):
            # Handed back, not left to its lease, whose expiry would count against the archive.
            await jobs.release_expansion(job.id, token)
            raise
        else:
            # Not under the lease, which ended with the seal: its next renewal would be refused.
            await self._send(sealed)

    async def _fail(self, job: Job, token: str, failure: Failure) -> None:
        log.info("job.source_unusable", job=job.id, code=failure.code, detail=failure.detail)
        await self.dispatcher.jobs.fail_expansion(job.id, token, failure)

    async def _send(self, job: Job) -> None:
        """Fill the job's window; settle it at once if there is nothing to do in it."""
        for _ in range(self.dispatch.window):
            if not await self.dispatcher.send_next(job.id):
                await self.dispatcher.settle(job.id)
                return

    async def _lay_out(self, job: Job, token: str) -> Job:
        if job.run > 1:
            # What an earlier run had inserted before it found the source unusable.
            await self.dispatcher.chunks.remove_older(job.id, job.run)
        chunks, totals, settled = 0, Totals(items=0, bytes=0), Counts()
        waiting: list[Chunk] = []
        async for chunk in self._chunks(job):
            waiting.append(chunk)
            chunks += 1
            settled += chunk.counts
            totals = Totals(items=totals.items + len(chunk.items), bytes=totals.bytes + _bytes(chunk))
            if len(waiting) == CHUNKS_PER_INSERT:
                await self.dispatcher.chunks.insert(waiting)
                waiting = []
        if waiting:
            await self.dispatcher.chunks.insert(waiting)
        if job.run > 1:
            # An expander of that run that does not know yet may have been faster with some.
            await self.dispatcher.chunks.adopt(job.id, job.run)
        return await self._seal(job, token, chunks, totals, settled)

    async def _reopen(self, job: Job, token: str) -> Job:
        """A sealed job's retry: its partition stands, and the chunks with something left to do are opened again."""
        assert job.chunks is not None
        assert job.totals is not None
        order, settled = list[int](), Counts()
        async for chunk in self.dispatcher.chunks.outlines(job.id, job.chunks):
            counts = chunk.counts
            if chunk.run < job.run and counts.unfinished().pending:
                again = await self.dispatcher.chunks.reopen(job.id, chunk.no, job.run)
                counts = again.counts if again else counts
            if counts.pending:
                order.append(chunk.no)
            settled += counts
        return await self._seal(job, token, job.chunks, job.totals, settled, order)

    async def _seal(
        self, job: Job, token: str, chunks: int, totals: Totals, counts: Counts, order: list[int] | None = None
    ) -> Job:
        settled = counts.model_copy(update={"pending": 0})
        jobs = self.dispatcher.jobs
        sealed = await jobs.seal(job.id, token, chunks=chunks, totals=totals, settled=settled, order=order)
        if sealed is None:
            raise LeaseLost
        log.info("job.sealed", job=job.id, run=job.run, items=totals.items, chunks=sealed.planned)
        return sealed

    async def _chunks(self, job: Job) -> AsyncIterator[Chunk]:
        """The job's partition, frozen by its `chunk_items`: the same archive gives the same chunks."""
        names, items, no = MemberNames(), list[Item](), 0
        async for entry in self._entries(job):
            items.append(_item(entry, job.source.key, names))
            if len(items) == job.chunk_items:
                yield new_chunk(job.id, no, Queue.BULK, items, job.run)
                items, no = [], no + 1
        if items:
            yield new_chunk(job.id, no, Queue.BULK, items, job.run)

    def _entries(self, job: Job) -> AsyncGenerator[Entry, None]:
        """A compressed tar has no index: it is streamed once, and its pictures are stored in packs. An outage is waited
        out, because that may take hours; the reading of an index is soon begun anew.
        """
        key, size = job.source.key, job.source.bytes
        if job.source.media_type in COMPRESSED:
            storage = PatientStorage(self.storage)
            tape = CompressedTape(StorageReader(storage, key, size), job.source.media_type, self.limits)
            return packed_entries(tape, storage, partial(pack_key, job.id), self.limits)
        return INDEXES[job.source.media_type](StorageReader(self.storage, key, size), self.limits)


def _item(entry: Entry, key: str, names: MemberNames) -> Item:
    state, error, locator = ItemState.PENDING, None, None
    if entry.skip is not None:
        state, error = ItemState.SKIPPED, Failure(code=entry.skip, detail=SKIP_REASONS[entry.skip])
    elif entry.error is not None:
        state, error = ItemState.FAILED, Failure(code=entry.error.code, detail=entry.error.detail)
    else:
        locator = dict(entry.locator(key))
    member = names.assign(entry.name, entry.index)
    return Item(index=entry.index, name=entry.name, member=member, locator=locator, state=state, error=error)


def _bytes(chunk: Chunk) -> int:
    return sum(item.locator["length"] for item in chunk.items if item.locator)
