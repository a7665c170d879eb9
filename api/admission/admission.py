"""The check that every submission, upload and retry passes before anything of it is read or stored."""

from dataclasses import dataclass, field

from api.access.caller import Caller
from api.access.recent import Recent
from api.admission.errors import StoredBytesExceeded, TooManyOpenJobs
from api.admission.wellness import Wellness
from shared.jobs.usage import JobUsage
from shared.uploads.store import UploadStore

# Summing up an owner's jobs takes long if they are many.
SUM_SECONDS = 15.0
MOST_OWNERS = 1024
# Nobody knows when a job will end.
RETRY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Stored:
    """What an owner has in bytes, of which uploads that are not complete count as announced."""

    all: int
    announced: int


@dataclass(frozen=True)
class Admission:
    wellness: Wellness
    jobs: JobUsage
    uploads: UploadStore
    _stored: Recent[str, Stored] = field(default_factory=lambda: Recent(SUM_SECONDS, MOST_OWNERS))

    async def admit(self, caller: Caller, size: int = 0) -> None:
        """`size`: how many bytes are announced. Raises TooManyOpenJobs, StoredBytesExceeded, and Unavailable.

        Whoever submits several at once may exceed a limit by these: it is checked as each begins.
        """
        await self.wellness.check()
        limits = caller.limits
        if limits.open_jobs is not None and await self.jobs.count_open(caller.owner) >= limits.open_jobs:
            raise TooManyOpenJobs(
                f"{caller.owner} has {limits.open_jobs} unfinished jobs, which is the limit. Wait until one has ended.",
                RETRY_SECONDS,
            )
        if limits.stored_bytes is not None:
            stored = (await self.stored(caller)).all
            # Something is always added, even if its size is not announced.
            if stored + max(size, 1) > limits.stored_bytes:
                raise StoredBytesExceeded(
                    f"{caller.owner} keeps {stored} of at most {limits.stored_bytes} bytes, and this has {size} more. "
                    "Delete jobs that are no longer needed."
                )

    async def stored(self, caller: Caller) -> Stored:
        """What counts against the caller's limit, as of the last seconds. Raises StoreUnavailable."""
        return await self._stored.get(caller.owner, self._sum)

    async def _sum(self, owner: str) -> Stored:
        waiting = await self.uploads.waiting_bytes(owner)
        return Stored(await self.jobs.stored_bytes(owner) + waiting, await self.uploads.announced_bytes(owner))
