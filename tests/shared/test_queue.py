"""The queue on a real Redis: which messages arrive where, their count, and what happens during an outage."""

import base64
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from infra.standalone.child import Child
from infra.standalone.home import DataFolder
from infra.standalone.lifeline import Lifeline
from infra.standalone.secret_files import with_secrets
from infra.standalone.servers import REDIS_URL, redis_server
from shared.errors import QueueUnavailable
from shared.queue import SOCKET_OPTIONS, Queue, TaskName, TaskQueue, make_celery
from tests.fixtures.ports import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """Empty at the start and at the end."""
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def queue(redis: Redis, redis_url: str) -> Iterator[TaskQueue]:
    queue = TaskQueue(redis_url)
    yield queue
    queue.close()


def messages(redis: Redis, queue: Queue) -> list[tuple[str, list[Any]]]:
    """The task's name and arguments of every waiting message, decoded without Celery."""
    waiting = [json.loads(message) for message in redis.lrange(queue.value, 0, -1)]
    return [(it["headers"]["task"], json.loads(base64.b64decode(it["body"]))[0]) for it in waiting]


async def test_a_message_arrives_as_json_with_ids_only_in_its_own_queue(queue: TaskQueue, redis: Redis) -> None:
    assert await queue.send(TaskName.CHUNK_COLORIZE, Queue.BULK, "job_a", 7)
    assert await queue.send(TaskName.JOB_EXPAND, Queue.INGEST, "job_b")

    assert messages(redis, Queue.BULK) == [("chunk.colorize", ["job_a", 7])]
    assert messages(redis, Queue.INGEST) == [("job.expand", ["job_b"])]
    assert messages(redis, Queue.INTERACTIVE) == []


async def test_the_depth_of_a_queue_counts_waiting_messages(queue: TaskQueue) -> None:
    for no in range(3):
        await queue.send(TaskName.CHUNK_COLORIZE, Queue.BULK, "job_a", no)

    depths = [await queue.depth(name) for name in Queue]

    assert depths == [0, 0, 3]
    assert list(Queue) == [Queue.INGEST, Queue.INTERACTIVE, Queue.BULK]


async def assert_away(queue: TaskQueue, seconds: float) -> None:
    started = time.monotonic()

    assert not await queue.send(TaskName.CHUNK_COLORIZE, Queue.BULK, "job_a", 0)
    with pytest.raises(QueueUnavailable):
        await queue.depth(Queue.BULK)

    assert time.monotonic() - started < seconds


async def test_sending_to_an_unavailable_queue_returns_false_at_once() -> None:
    queue = TaskQueue(f"redis://127.0.0.1:{free_port()}/0")

    await assert_away(queue, 3)
    queue.close()


async def test_a_server_that_never_responds_blocks_no_sender_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(SOCKET_OPTIONS, "socket_timeout", 0.5)
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        queue = TaskQueue(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")

        await assert_away(queue, 3)
        queue.close()


@contextmanager
def server_running(folder: DataFolder, port: int) -> Iterator[Child]:
    service = redis_server(folder, port).service
    with Lifeline() as lifeline:
        child = Child(service, lifeline, folder.logs / "redis.log")
        try:
            while not child.is_ready():
                time.sleep(0.05)
            yield child
        finally:
            child.kill()


async def test_a_queue_works_again_after_its_server_was_killed(tmp_path: Path) -> None:
    folder, port = DataFolder(tmp_path / "home"), free_port()
    queue = TaskQueue(with_secrets(redis_server(folder, port).settings)[REDIS_URL])
    with server_running(folder, port) as server:
        assert await queue.send(TaskName.CHUNK_COLORIZE, Queue.BULK, "job_a", 0)
        server.kill()
        assert not await queue.send(TaskName.CHUNK_COLORIZE, Queue.BULK, "job_a", 1)
    with server_running(folder, port):
        assert await queue.send(TaskName.CHUNK_COLORIZE, Queue.BULK, "job_a", 2)
        assert await queue.depth(Queue.BULK) >= 1
    queue.close()


def test_celery_is_configured_for_messages_that_are_hints() -> None:
    configured = make_celery("redis://127.0.0.1/0").conf

    assert configured.result_backend is None
    assert configured.task_ignore_result
    assert configured.task_acks_late
    assert not configured.task_reject_on_worker_lost
    assert not configured.task_always_eager
    assert configured.accept_content == ["json"]
    assert configured.task_serializer == "json"
    assert configured.worker_prefetch_multiplier == 0
    assert configured.worker_disable_prefetch
    assert not configured.worker_send_task_events
    assert not configured.worker_enable_remote_control
    assert configured.broker_connection_max_retries is None
    transport = configured.broker_transport_options
    assert transport["visibility_timeout"] == 900
    assert transport.items() >= SOCKET_OPTIONS.items()
