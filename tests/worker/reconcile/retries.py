"""Jobs that ended, and their retries."""

from typing import Any

from shared.jobs.documents import Job
from shared.queue import Queue
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import work_off
from tests.zoo.pictures import black_picture

# Black pictures: the zoo's colorizer `nan` fails them, `stub` does not.
BLACK = [(f"{number}.jpg", black_picture()) for number in range(6)]


async def ended(workplace: Workplace, content: bytes, zoo: str = "stub", **fields: Any) -> Job:
    job = await workplace.expanded(content, **fields)
    await work_off(workplace, workplace.colorizer(zoo))
    return await workplace.check(job)


async def retried(workplace: Workplace, job: Job) -> Job:
    """Retried and expanded, its window on the queue."""
    assert await workplace.job_service.retry(job)
    assert workplace.drain(Queue.INGEST) == [(job.id,)]
    await workplace.expander().expand(job.id)
    return await workplace.job(job)
