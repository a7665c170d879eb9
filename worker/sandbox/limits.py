"""The limits that a child sets on itself before it reads its first hostile byte. Linux only."""

import ctypes
import math
import os
import resource
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def confine(*, parent: int, memory_bytes: int, file_bytes: int) -> None:
    """Limit this process irrevocably, and have the kernel kill it when the thread that started it ends."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    for option, value in ((_PR_SET_PDEATHSIG, signal.SIGKILL), (_PR_SET_NO_NEW_PRIVS, 1)):
        if prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl {option} failed")
    if os.getppid() != parent:
        # The parent died before the prctl call, so no signal will come.
        sys.exit(1)
    for kind, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))


def limit_memory(more_bytes: int) -> None:
    """Let allocations fail once this process has so much more address space than now, or what `confine` allows."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (min(used + more_bytes, most), most))


def limit_cpu_time(seconds: float) -> None:
    """Let the kernel end this process once it has used that much CPU time from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = used.ru_utime + used.ru_stime
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(spent + seconds) + 1, resource.RLIM_INFINITY))
