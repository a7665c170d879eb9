"""Running a task: its log context, its time and its outcome."""

import threading
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from anyio import to_thread
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from shared.errors import StoreUnavailable
from shared.log import configure_logging
from shared.queue import TaskName
from worker.process.runtime import Runtime, start_runtime
from worker.process.settings import WorkerSettings


@pytest.fixture
def runtime(worker_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    for name, value in worker_environment.items():
        monkeypatch.setenv(name, value)
    with start_runtime(WorkerSettings()) as running:
        yield running


def run_in_thread(runtime: Runtime, *arguments: Any) -> dict[str, Any]:
    """Run a task in a thread that inherits no context, as Celery does. Returns that thread's context afterwards."""
    after: dict[str, Any] = {}

    def call() -> None:
        runtime.run(*arguments)
        after.update(get_contextvars())

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(10)
    return after


def test_all_log_lines_of_a_task_have_its_context(runtime: Runtime) -> None:
    contexts: list[dict[str, Any]] = []

    def note() -> None:
        contexts.append(get_contextvars())

    async def note_in_task() -> None:
        note()

    async def work(job_id: str, no: int) -> None:
        note()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(note_in_task)
        await to_thread.run_sync(note)

    after = run_in_thread(runtime, TaskName.CHUNK_COLORIZE, work, "job_1", 7)

    expected = {
        "task": "chunk.colorize",
        "job": "job_1",
        "chunk": "job_1:7",
        "worker": runtime.collaborators.name,
    }
    assert [expected.items() <= context.items() for context in contexts] == [True] * 3
    assert after == {}


def test_the_context_includes_the_process(worker_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in worker_environment.items():
        monkeypatch.setenv(name, value)
    contexts: list[dict[str, Any]] = []

    async def work(_: str) -> None:
        contexts.append(get_contextvars())

    configure_logging("worker-ingest")
    with start_runtime(WorkerSettings()) as runtime:
        run_in_thread(runtime, TaskName.JOB_EXPAND, work, "job_1")

    (context,) = contexts
    assert (context["process"], context["task"], context["job"]) == ("worker-ingest", "job.expand", "job_1")
    assert "chunk" not in context


def test_tasks_are_timed_and_counted_by_outcome(runtime: Runtime) -> None:
    async def completes(_: str) -> None:
        await anyio.sleep(0.05)

    async def finds_no_store(_: str) -> None:
        raise StoreUnavailable("gone")

    with capture_logs() as logs:
        for work in (completes, finds_no_store, completes):
            runtime.run(TaskName.JOB_EXPAND, work, "job_1")

    assert runtime.meter.counts() == {"job.expand completed": 2, "job.expand unavailable": 1}
    ended = [(entry["outcome"], entry["seconds"]) for entry in logs if entry["event"] == "task.ended"]
    assert [outcome for outcome, _ in ended] == ["completed", "unavailable", "completed"]
    assert ended[0][1] >= 0.05
