"""One child as its parent sees it: started, asked, believed only so far, killed."""

import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import worker
from worker.imaging.errors import CODES as PICTURE_CODES
from worker.imaging.errors import PictureError
from worker.sandbox import protocol

CODES = {
    "decoder_crashed": "The program that reads pictures crashed on this one.",
    "decoder_timeout": "The picture took too long to read or write.",
    "decoder_memory": "The picture needs more memory than one picture may have.",
}
"""What a picture can do to its decoder, and what its owner is told."""

STARTUP_SECONDS = 60.0


def _environment() -> dict[str, str]:
    """Nothing of ours: a decoder has no use for keys."""
    return {
        "PYTHONPATH": str(Path(worker.__file__).parents[1]),
        "OPENBLAS_NUM_THREADS": "1",  # It maps memory per thread.
        # Freed planes stay with the process for the next picture (glibc). To give them back to the kernel and to get
        # them again, page by page, took a third of the time of decoding.
        "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
        "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
    }


def decoder_error(code: str) -> PictureError:
    """The error with one of `CODES`."""
    return PictureError(code, CODES[code])


@dataclass(frozen=True, slots=True)
class ChildSettings:
    """How children are started and what they may use."""

    module: str
    memory_bytes: int
    file_bytes: int


class Child:
    """A running child. Used by one thread at a time; after any error but a PictureError of the picture's own, and
    after those of `CODES`, it is to be killed."""

    def __init__(self, settings: ChildSettings) -> None:
        self._requests = itertools.count(1)
        self._is_ready = False
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", settings.module),
                    *("--socket", str(theirs.fileno())),
                    *("--parent", str(os.getpid())),
                    *("--memory-bytes", str(settings.memory_bytes)),
                    *("--file-bytes", str(settings.file_bytes)),
                ],
                env=_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the parent, which closes its pool.
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: dict[str, Any], descriptors: Sequence[int], seconds: float) -> dict[str, Any]:
        """The result of one request. PictureError, or RuntimeError if the child never came up."""
        self._await_start()
        number = next(self._requests)
        self._connection.settimeout(seconds)
        try:
            protocol.send(self._connection, {"id": number, "seconds": seconds, **request}, descriptors)
            reply = protocol.receive_reply(self._connection)
        except TimeoutError:
            raise decoder_error("decoder_timeout") from None
        except (OSError, ValueError):
            reply = None
        if reply is None or reply.get("id") != number:
            raise decoder_error(self._last_words())
        return _result(reply)

    def stop(self) -> None:
        """End the child without waiting. The only method that another thread than the child's user may call."""
        self._process.kill()

    def kill(self) -> None:
        """End the child and wait for it. Idempotent."""
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

    def _last_words(self) -> str:
        """The code for a child that hung up, by how it ended."""
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "decoder_crashed"  # It lives and talks nonsense.
        return "decoder_timeout" if status == -signal.SIGXCPU else "decoder_crashed"


def _result(reply: dict[str, Any]) -> dict[str, Any]:
    result, code, detail = reply.get("result"), reply.get("code"), reply.get("detail")
    if reply.get("ok") is True and isinstance(result, dict):
        return result
    if isinstance(code, str) and code in PICTURE_CODES and isinstance(detail, str):
        raise PictureError(code, detail[:500])
    trace = RuntimeError(str(reply.get("trace", "no trace")))
    raise decoder_error("decoder_memory" if code == "decoder_memory" else "decoder_crashed") from trace
