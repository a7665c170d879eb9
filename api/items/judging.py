"""Recording a verdict about an item's result."""

from api.dependencies import Gateway
from api.items.service import check_result, find_chunk
from shared.chunks.documents import Item, Judgment
from shared.clock import utc_now
from shared.jobs.documents import Job
from shared.verdicts import Verdict, moved


async def judge(gateway: Gateway, job: Job, index: int, verdict: Verdict | None) -> Item:
    """The item with this verdict, or with none. What it has already is not recorded again. Raises as `check_result`."""
    while True:
        chunk = await find_chunk(gateway, job, index)
        item = chunk.items[index % job.chunk_items]
        check_result(job, item, 1)
        if item.verdict is verdict:
            return item
        actor = gateway.actor
        judgment = Judgment(verdict=verdict, owner=actor.owner, key=actor.key, at=utc_now()) if verdict else None
        if await gateway.chunks.judge(chunk, item, judgment):
            await gateway.jobs.add_verdicts(job.id, moved(item.verdict, verdict))
            return item.model_copy(update={"judgment": judgment})
