"""The documents that a submission inserts: the job and, for a single picture, its only chunk."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from api.dependencies import Gateway
from api.options.checks import check_webhook, future_time_of
from shared.archives.entries import Locator
from shared.archives.names import MemberNames
from shared.chunks.documents import Chunk, Item, new_chunk
from shared.clock import utc_now
from shared.jobs.documents import Idempotency, Job, JobKind, ListedSource, SharedSource, Source, Totals
from shared.jobs.history import Action
from shared.jobs.options import Options
from shared.jobs.terms import Terms
from shared.log import current_origin
from shared.members import extension_of
from shared.queue import Queue
from shared.webhooks.documents import SERVICE, Webhook


@dataclass(frozen=True, slots=True)
class JobParameters:
    """What every submission states, whatever its source."""

    options: Options
    terms: Terms
    idempotency_key: str | None


def new_job(
    gateway: Gateway,
    job_id: str,
    parameters: JobParameters,
    *,
    kind: JobKind,
    source: Source | ListedSource | SharedSource,
    fingerprint: str,
    totals: Totals | None = None,
) -> Job:
    """A single is sealed from the start, with these `totals`: it is known to have one item. Raises InvalidOption."""
    now, terms = utc_now(), parameters.terms
    model = gateway.catalogue.resolve(parameters.options)
    key = parameters.idempotency_key
    return Job(
        id=job_id,
        owner=gateway.owner,
        kind=kind,
        source=source,
        options=parameters.options.model_copy(update={"model": model.name}),
        checkpoint=model.sha256,
        labels=list(terms.labels),
        deadline=future_time_of(terms.deadline, now),
        keep_seconds=_keep_seconds(terms, gateway.settings.default_keep),
        webhook=_webhook(gateway, terms),
        chunk_items=gateway.settings.dispatch.chunk_items,
        chunks=1 if totals else None,
        next_no=1 if totals else 0,
        totals=totals,
        **asdict(current_origin()),
        history=[gateway.actor.did(Action.SUBMITTED)],
        idempotency=Idempotency(key=key, fingerprint=fingerprint) if key else None,
        created_at=now,
        sealed_at=now if totals else None,
    )


def _keep_seconds(terms: Terms, default: timedelta | None) -> int | None:
    keep = default if terms.keep is None else terms.keep
    return int(keep.total_seconds()) if isinstance(keep, timedelta) else None


def check_terms(gateway: Gateway, terms: Terms) -> None:
    """What a job with these terms would be refused for, before anything of it is stored. Raises InvalidOption."""
    future_time_of(terms.deadline, utc_now())
    check_webhook(terms.webhook, gateway.settings.webhooks)


def _webhook(gateway: Gateway, terms: Terms) -> Webhook | None:
    if terms.webhook is not None:
        check_webhook(terms.webhook, gateway.settings.webhooks)
        return Webhook(url=terms.webhook, signer=gateway.owner)
    default = gateway.settings.default_webhook
    return Webhook(url=default, signer=SERVICE) if default else None


def totals_of(kind: JobKind, source: Source) -> Totals | None:
    """None: its index has yet to be read."""
    return Totals(items=1, bytes=source.bytes) if kind is JobKind.SINGLE else None


def only_chunk(job_id: str, source: Source, locator: Locator) -> Chunk:
    """The one chunk of a single."""
    name = source.filename or f"picture{extension_of(source.media_type)}"
    item = Item(index=0, name=name, member=MemberNames().assign(name, 0), locator=dict(locator))
    return new_chunk(job_id, 0, Queue.INTERACTIVE, [item])
