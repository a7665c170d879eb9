"""The Celery tasks: their names and arguments. What they do is in `expand`, `chunk` and `recolor`."""

from typing import TYPE_CHECKING

from celery import Celery, Task

from shared.queue import TaskName
from worker.process.runtime import Runtime

if TYPE_CHECKING:  # A worker does not load what only the other role needs.
    from worker.chunk.colorize import ChunkColorizer
    from worker.expand.expand import Expander
    from worker.recolor.recolor import PreviewRecolorer


def register_expand(app: Celery, runtime: Runtime, expander: "Expander") -> None:
    @app.task(name=TaskName.JOB_EXPAND, bind=True)
    def expand(task: Task, job_id: str) -> None:
        runtime.run(TaskName.JOB_EXPAND, expander.expand, job_id, task_id=task.request.id)


def register_colorize(app: Celery, runtime: Runtime, colorizer: "ChunkColorizer") -> None:
    @app.task(name=TaskName.CHUNK_COLORIZE, bind=True)
    def colorize(task: Task, job_id: str, no: int) -> None:
        runtime.run(TaskName.CHUNK_COLORIZE, colorizer.colorize, job_id, no, task_id=task.request.id)


def register_recolor(app: Celery, runtime: Runtime, recolorer: "PreviewRecolorer") -> None:
    @app.task(name=TaskName.PREVIEW_RECOLOR, bind=True)
    def recolor(task: Task, job_id: str, token: str) -> None:
        runtime.run(TaskName.PREVIEW_RECOLOR, recolorer.recolor, job_id, token, task_id=task.request.id)
