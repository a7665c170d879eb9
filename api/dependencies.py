"""What routes depend on: a gateway that is bound to their caller, and the job's id."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import ByteSize

from api.access.access import Access
from api.access.caller import Caller
from api.admission.admission import Admission
from api.backend import Backend, job_service
from api.examples import JOB_ID
from api.models.catalogue import Catalogue
from api.settings import GatewaySettings
from shared.jobs.chunks import JobChunks
from shared.jobs.history import Actor
from shared.jobs.service import JobService
from shared.jobs.sharing import SharedSources
from shared.jobs.store import JobStore
from shared.jobs.waiting import Waiting
from shared.recoloring import Recolorings
from shared.storage.buckets import Buckets
from shared.storage.protocol import ObjectStorage
from shared.submissions.store import SubmissionStore
from shared.uploads.store import UploadStore

CACHED_GATEWAYS = 256


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """What a request can use. Its stores are bound to the caller's owner: for them, the records of other owners do not
    exist. So a route cannot forget to ask whose record it is.
    """

    caller: Caller
    actor: Actor
    admission: Admission
    settings: GatewaySettings
    catalogue: Catalogue
    jobs: JobStore
    chunks: JobChunks
    shared_sources: SharedSources
    submissions: SubmissionStore
    uploads: UploadStore
    storage: ObjectStorage
    buckets: Buckets
    waiting: Waiting
    recolorings: Recolorings
    job_service: JobService

    @classmethod
    def of(cls, backend: Backend, caller: Caller) -> "Gateway":
        jobs = JobStore(backend.database, caller.bound_to)
        actor = Actor(caller.owner, caller.key)
        return cls(
            caller=caller,
            actor=actor,
            admission=backend.admission,
            settings=_settings_for(backend.settings, caller),
            catalogue=backend.catalogue,
            jobs=jobs,
            chunks=JobChunks(backend.chunks),
            shared_sources=SharedSources(backend.database),
            submissions=SubmissionStore(backend.database, caller.bound_to),
            uploads=UploadStore(backend.database, caller.bound_to),
            storage=backend.storage,
            buckets=backend.buckets.bound_to(caller.bound_to),
            waiting=backend.waiting,
            recolorings=backend.recolorings,
            job_service=job_service(jobs, backend.chunks, backend.leases, backend.queue, actor),
        )

    @property
    def owner(self) -> str:
        """Whom new records belong to."""
        return self.caller.owner

    async def admit(self, size: int = 0) -> None:
        """Call before new work is begun, with the bytes that are announced. Raises as `Admission.admit`."""
        await self.admission.admit(self.caller, size)


def _settings_for(settings: GatewaySettings, caller: Caller) -> GatewaySettings:
    """With the caller's own limit for bodies, so that whatever reads a body applies it."""
    largest = caller.limits.upload_bytes
    if largest is None or largest >= settings.max_body_bytes:
        return settings
    return settings.model_copy(update={"max_body_bytes": ByteSize(largest)})


@dataclass(slots=True)
class Gateways:
    """One for each of the last callers: to build one takes longer than the rest of a poll."""

    backend: Backend
    _by_caller: "OrderedDict[Caller, Gateway]" = field(default_factory=OrderedDict)

    def of(self, caller: Caller) -> Gateway:
        if caller in self._by_caller:
            self._by_caller.move_to_end(caller)
        else:
            self._by_caller[caller] = Gateway.of(self.backend, caller)
            if len(self._by_caller) > CACHED_GATEWAYS:
                self._by_caller.popitem(last=False)
        return self._by_caller[caller]


# Coroutines although they await nothing: FastAPI runs plain functions in a thread pool.
async def caller_of(request: Request) -> Caller:
    """Whom the guard has let in."""
    caller: Caller = request.state.caller
    return caller


async def gateway_of(request: Request) -> Gateway:
    gateways: Gateways = request.app.state.gateways
    return gateways.of(await caller_of(request))


async def access_of(request: Request) -> Access:
    access: Access = request.app.state.access
    return access


async def settings_of(request: Request) -> GatewaySettings:
    return (await gateway_of(request)).settings


AccessOf = Annotated[Access, Depends(access_of)]
SettingsOf = Annotated[GatewaySettings, Depends(settings_of)]
CallerOf = Annotated[Caller, Depends(caller_of)]
GatewayOf = Annotated[Gateway, Depends(gateway_of)]
MAX_ID_LENGTH = 64
JobId = Annotated[str, Path(max_length=MAX_ID_LENGTH, examples=[JOB_ID])]
