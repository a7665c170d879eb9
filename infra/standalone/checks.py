"""Readiness checks of servers. Each makes one attempt of about a second at most, and never raises.

The drivers are imported at the first attempt: `down` and `status` need none, and without them start in half the time.
"""

import http.client
import urllib.error
import urllib.request
from pathlib import Path

from infra.standalone.service import Ready

ATTEMPT_SECONDS = 1.0


def redis_answers(url: str) -> Ready:
    def check(_log: Path) -> bool:
        from redis import Redis, RedisError

        try:
            with Redis.from_url(url, socket_connect_timeout=ATTEMPT_SECONDS, socket_timeout=ATTEMPT_SECONDS) as redis:
                return bool(redis.ping())
        except (RedisError, OSError):  # Including BusyLoadingError, while it reads its append-only file.
            return False

    return check


def mongo_answers(url: str) -> Ready:
    milliseconds = int(ATTEMPT_SECONDS * 1000)

    def check(_log: Path) -> bool:
        from pymongo import MongoClient
        from pymongo.errors import PyMongoError

        try:
            with MongoClient[dict[str, object]](
                url,
                connectTimeoutMS=milliseconds,
                serverSelectionTimeoutMS=milliseconds // 4,
                socketTimeoutMS=milliseconds,
            ) as client:
                return bool(client.admin.command("hello").get("isWritablePrimary"))
        except PyMongoError:
            return False

    return check


def http_answers(url: str) -> Ready:
    """Any response counts, even an error: an HTTP server is listening."""

    def check(_log: Path) -> bool:
        return _status_of(url) is not None

    return check


def http_is_ok(url: str) -> Ready:
    def check(_log: Path) -> bool:
        return _status_of(url) == http.client.OK

    return check


def log_contains(event: str) -> Ready:
    """For a process without a port: it has logged `event` since its start."""

    def check(log: Path) -> bool:
        try:
            return event.encode() in log.read_bytes()
        except OSError:
            return False

    return check


def _status_of(url: str) -> int | None:
    # Without a proxy: the user's http_proxy would respond in place of a server on loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ATTEMPT_SECONDS) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (OSError, http.client.HTTPException):
        return None
