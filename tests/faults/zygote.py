"""`python -m tests.faults.zygote`: starts the service's processes by forking itself with everything imported. That
takes a tenth of a second instead of seconds, because processes that are killed every few seconds must restart quickly.

Requests and responses are lines of JSON. It ends when standard input does, and kills its processes.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from tests.faults.saboteur import Saboteur, skew_clocks

# Each process runs the `__main__` of its room. These are the modules that they import sooner or later.
WARM = (
    "api.app",
    "celery.apps.worker",
    "celery.concurrency.thread",
    "kombu.transport.redis",
    "shared.log",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.lifespan.on",
    "worker.process.app",
    "worker.chunk.colorize",
    "worker.expand.expand",
    "worker.models.inference",
    "worker.reconcile.rules",
    "worker.sandbox",
)
POLL_SECONDS = 0.02


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in WARM:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    serve()


def serve() -> None:
    """Serve requests until standard input ends, which means that the test process is gone."""
    running: set[int] = set()
    unread = b""
    tell({"event": "warm"})
    while True:
        if select.select([0], [], [], POLL_SECONDS)[0]:
            received = os.read(0, 65536)
            if not received:
                break
            *lines, unread = (unread + received).split(b"\n")
            for line in lines:
                request = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    become(**request)
                running.add(pid)
                tell({"event": "started", "name": request["name"], "pid": pid})
        for pid, code in reap(running):
            running.discard(pid)
            tell({"event": "ended", "pid": pid, "code": code})
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def reap(running: set[int]) -> list[tuple[int, int]]:
    ended = [os.waitpid(pid, os.WNOHANG) for pid in running]
    return [(pid, os.waitstatus_to_exitcode(status)) for pid, status in ended if pid]


def tell(event: dict[str, Any]) -> None:
    os.write(1, f"{json.dumps(event)}\n".encode())


def become(
    name: str,
    module: str,
    arguments: list[str],
    environment: dict[str, str],
    log: str,
    sabotage: str,
    skew_seconds: float,
) -> NoReturn:
    """In the forked process: run as `python -m module arguments`, with a saboteur installed."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(environment)
    if skew_seconds:
        skew_clocks(skew_seconds)
    Saboteur(Path(sabotage), name).install()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
