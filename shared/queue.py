"""The queue: the names of queues and tasks, the configuration of Celery, and sending a task.

A message is a hint that something in the store may be moved on. It carries ids only; losing it costs time, never work.
"""

from enum import StrEnum
from typing import Any

import structlog
from anyio import CapacityLimiter, to_thread
from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis, RedisError, ResponseError

from shared.errors import QueueReadOnly, QueueUnavailable

log = structlog.get_logger()

# A message that is not acknowledged within this time is delivered again. The reconciler sends it again much sooner.
VISIBILITY_TIMEOUT_SECONDS = 900
# Without these, a half-open connection blocks a worker for minutes without a log line (docs/architecture.md, "Redis").
SOCKET_OPTIONS: dict[str, Any] = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 5,
}


class Queue(StrEnum):
    """A worker's role is the queue that it consumes."""

    INGEST = "ingest"
    INTERACTIVE = "interactive"
    BULK = "bulk"


class TaskName(StrEnum):
    JOB_EXPAND = "job.expand"
    CHUNK_COLORIZE = "chunk.colorize"
    PREVIEW_RECOLOR = "preview.recolor"


def make_celery(redis_url: str) -> Celery:
    """The Celery application, for workers and senders. No result backend, no events, JSON only."""
    app = Celery("photochrom", broker=redis_url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        broker_connection_max_retries=None,  # A worker retries until the queue is back.
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "max_retries": 0,  # A sender does not retry: the reconciler sends again what was not sent.
            "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "retry_on_timeout": False,
            **SOCKET_OPTIONS,
        },
        task_acks_late=True,
        task_create_missing_queues=True,
        task_ignore_result=True,
        # With True, a task that kills its worker would be delivered again at once, forever. The lease counts crashes.
        task_reject_on_worker_lost=False,
        task_serializer="json",
        # A message is taken only when a thread is free, never ahead of time. kombu's own limit is off (0): it counts a
        # message whose acknowledgment failed forever, so that a worker which was busy while its queue was unavailable
        # for some seconds would never take another one.
        worker_disable_prefetch=True,
        worker_prefetch_multiplier=0,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
    )
    return app


class TaskQueue:
    """Sends tasks without blocking the event loop, and counts those that wait."""

    def __init__(self, redis_url: str) -> None:
        self._celery = make_celery(redis_url)
        self._redis = Redis.from_url(redis_url, **SOCKET_OPTIONS)
        self._threads = CapacityLimiter(4)

    async def send(self, task: TaskName, queue: Queue, *args: str | int) -> bool:
        """Send one message. False if the queue is unavailable: the reconciler will send it again."""

        def publish() -> None:
            self._celery.send_task(task, args=args, queue=queue, retry=False)

        try:
            await to_thread.run_sync(publish, limiter=self._threads)
        except (OperationalError, RedisError, OSError) as error:
            log.warning("queue.send_failed", task=task.value, queue=queue.value, error=str(error))
            return False
        return True

    async def depth(self, queue: Queue) -> int:
        """How many messages wait in a queue, not counting those in work. Raises QueueUnavailable."""
        try:
            return int(await to_thread.run_sync(self._redis.llen, queue.value, limiter=self._threads))
        except (RedisError, OSError) as error:
            raise QueueUnavailable(f"The queue did not respond: {error}") from error

    async def check_writes(self) -> None:
        """Raises QueueUnavailable, and QueueReadOnly if it responds but stores nothing."""

        def write() -> None:
            self._redis.set("photochrom:check", 1, ex=60)

        try:
            await to_thread.run_sync(write, limiter=self._threads)
        except ResponseError as error:
            raise QueueReadOnly(f"The queue refuses writes: {error}") from error
        except (RedisError, OSError) as error:
            raise QueueUnavailable(f"The queue did not respond: {error}") from error

    def close(self) -> None:
        self._redis.close()
        self._celery.close()
