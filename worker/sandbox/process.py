"""One child process, from the parent's side: start it, send it requests, distrust its replies, kill it."""

import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import worker
from worker.imaging.errors import CODES as PICTURE_CODES
from worker.imaging.errors import PictureError
from worker.sandbox import protocol

CODES = {
    "decoder_failed": "Photochrom failed on this picture because of an error of its own. The worker's log has details.",
    "decoder_crashed": "The decoder crashed on this picture.",
    "decoder_timeout": "Decoding or encoding the picture timed out.",
    "decoder_memory": "The picture needs more memory than the limit for one picture.",
}
"""What can happen to a decoder, with the detail for the picture's owner."""

STARTUP_SECONDS = 60.0


def _environment() -> dict[str, str]:
    """Nothing from our environment: a decoder has no use for keys."""
    return {
        "PYTHONPATH": str(Path(worker.__file__).parents[1]),
        "OPENBLAS_NUM_THREADS": "1",  # It maps memory for each thread.
        # glibc: keep freed planes in the process for the next picture. Returning them to the kernel and getting them
        # back, page by page, took a third of the time of decoding.
        "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
        "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
    }


def decoder_error(code: str) -> PictureError:
    """The error with one of `CODES`."""
    return PictureError(code, CODES[code])


@dataclass(frozen=True, slots=True)
class ChildSettings:
    """How children are started, and their limits."""

    module: str
    memory_bytes: int
    file_bytes: int


class Child:
    """A running child, for one thread at a time.

    After any error it must be killed, except after a PictureError about the picture itself: one whose code is not one
    of `CODES`.
    """

    def __init__(self, settings: ChildSettings) -> None:
        self._requests = itertools.count(1)
        self._is_ready = False
        self._connection, childs_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with childs_end:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", settings.module),
                    *("--socket", str(childs_end.fileno())),
                    *("--parent", str(os.getpid())),
                    *("--memory-bytes", str(settings.memory_bytes)),
                    *("--file-bytes", str(settings.file_bytes)),
                ],
                env=_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[childs_end.fileno()],
                start_new_session=True,  # Ctrl-C goes to the parent only, which closes its pool.
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def call(
        self, request: dict[str, Any], descriptors: Sequence[int], seconds: float, grant: Callable[[int], None]
    ) -> dict[str, Any]:
        """The result of one request. Raises PictureError, or RuntimeError if the child did not start.

        `grant` is called with the memory that the child needs, and returns when it may have that.
        """
        self._await_start()
        number = next(self._requests)
        self._connection.settimeout(seconds)
        try:
            protocol.send(self._connection, {"id": number, "seconds": seconds, **request}, descriptors)
            reply = protocol.receive_reply(self._connection)
            if reply is not None and "needs" in reply:
                reply = self._after_grant(reply, number, grant)
        except TimeoutError:
            raise decoder_error("decoder_timeout") from None
        except (OSError, ValueError):
            reply = None
        if reply is None or reply.get("id") != number:
            raise decoder_error(self._code_of_exit())
        return _result(reply)

    def _after_grant(self, need: dict[str, Any], number: int, grant: Callable[[int], None]) -> dict[str, Any] | None:
        needed = need["needs"]
        if need.get("id") != number or type(needed) is not int or needed < 0:
            return None
        grant(needed)
        protocol.send(self._connection, {"id": number})
        return protocol.receive_reply(self._connection)

    def stop(self) -> None:
        """Kill the child without waiting. The only method that may be called from another thread than the user's."""
        self._process.kill()

    def kill(self) -> None:
        """Kill the child and wait for it. Idempotent."""
        self._process.kill()
        self._process.wait()
        self._connection.close()

    def _await_start(self) -> None:
        if self._is_ready:
            return
        self._connection.settimeout(STARTUP_SECONDS)
        try:
            reply = protocol.receive_reply(self._connection)
        except (OSError, ValueError):
            reply = None
        if reply != {"ready": True}:
            raise RuntimeError(f"a decoder child did not start: {self._process.args!r}")
        self._is_ready = True

    def _code_of_exit(self) -> str:
        """The code for a child that closed its socket, by its exit status."""
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "decoder_crashed"  # It is alive but sends nonsense.
        return "decoder_timeout" if status == -signal.SIGXCPU else "decoder_crashed"


def _result(reply: dict[str, Any]) -> dict[str, Any]:
    result, code, detail = reply.get("result"), reply.get("code"), reply.get("detail")
    if reply.get("ok") is True and isinstance(result, dict):
        return result
    if isinstance(code, str) and code in PICTURE_CODES and isinstance(detail, str):
        raise PictureError(code, detail[:500])
    if code == "decoder_failed":
        import structlog  # Here, because children import this module too, and start in half the time without it.

        trace = str(reply.get("trace", "no trace"))
        structlog.get_logger().error("decoder.failed", trace=trace)
        raise decoder_error(code) from RuntimeError(trace)
    raise decoder_error("decoder_memory" if code == "decoder_memory" else "decoder_crashed")
