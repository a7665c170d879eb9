"""The Celery tasks: their names and arguments. What they do is in `worker.expand` and `worker.chunk`."""

from typing import TYPE_CHECKING

from celery import Celery

from shared.queue import TaskName
from worker.process.runtime import Runtime

if TYPE_CHECKING:  # A worker does not load what only the other role needs.
    from worker.chunk.colorize import ChunkColorizer
    from worker.expand.expand import Expander


def register_expand(app: Celery, runtime: Runtime, expander: "Expander") -> None:
    @app.task(name=TaskName.JOB_EXPAND)
    def expand(job_id: str) -> None:
        runtime.run(TaskName.JOB_EXPAND, expander.expand, job_id)


def register_colorize(app: Celery, runtime: Runtime, colorizer: "ChunkColorizer") -> None:
    @app.task(name=TaskName.CHUNK_COLORIZE)
    def colorize(job_id: str, no: int) -> None:
        runtime.run(TaskName.CHUNK_COLORIZE, colorizer.colorize, job_id, no)
