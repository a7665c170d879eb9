"""A decoder child that misbehaves as its source says. Tests run it instead of the real child."""

import ctypes
import mmap
import os
import signal
import sys
import time
from typing import Any

from worker.sandbox import child
from worker.sandbox.memory import read_all, write_all


def decode_or_misbehave(request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
    """Sources that begin with "misbehave:" name a kind of misbehavior; others are decoded."""
    source = read_all(descriptors[0], os.fstat(descriptors[0]).st_size)
    if not source.startswith(b"misbehave:"):
        return child.decode_picture(request, descriptors)
    return MISBEHAVIORS[source.removeprefix(b"misbehave:").decode()](descriptors)


def segfault(_: list[int]) -> dict[str, Any]:
    ctypes.string_at(0)
    return {}


def abort(_: list[int]) -> dict[str, Any]:
    os.abort()


def hang(_: list[int]) -> dict[str, Any]:
    # Only SIGKILL ends it.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(600)
    return {}


def spin(_: list[int]) -> dict[str, Any]:
    while True:
        pass


def leave(_: list[int]) -> dict[str, Any]:
    os._exit(0)


def eat_memory(_: list[int]) -> dict[str, Any]:
    eaten = []
    while True:
        eaten.append(bytes(64 << 20))


def fill_result(descriptors: list[int]) -> dict[str, Any]:
    while True:
        write_all(descriptors[1], bytes(1 << 20))


def talk_nonsense(_: list[int]) -> dict[str, Any]:
    os.write(_socket(), b"\x80\x04cos\nsystem\n")
    return {}


def answer_twice(_: list[int]) -> dict[str, Any]:
    os.write(_socket(), b'{"id": 999, "ok": true, "result": {}}')
    return {}


def raise_something(_: list[int]) -> dict[str, Any]:
    raise LookupError("a bug in the child")


def claim(descriptors: list[int], **facts: object) -> dict[str, Any]:
    """A reply that is valid without `facts`: the planes hold 8 × 8 pixels and a network input of 4 × 4."""
    write_all(descriptors[1], bytes(8 * 8 + 4 * 4))
    valid = {"format": "PNG", "media_type": "image/png", "width": 8, "height": 8, "mode": "L"}
    return {
        "facts": {**valid, "has_alpha": False, "orientation": 1, **facts},
        "network_shape": [4, 4],
        "preview_bytes": 0,
    }


def claim_larger(descriptors: list[int]) -> dict[str, Any]:
    return claim(descriptors, width=80)


def claim_negative(descriptors: list[int]) -> dict[str, Any]:
    return claim(descriptors, width=-8, height=-8)


def claim_odd_type(descriptors: list[int]) -> dict[str, Any]:
    return claim(descriptors, media_type="text/html")


def claim_preview(descriptors: list[int]) -> dict[str, Any]:
    return {**claim(descriptors), "preview_bytes": 1 << 30}


def claim_infinity(descriptors: list[int]) -> dict[str, Any]:
    return {**claim(descriptors), "network_shape": [float("inf"), 4]}


def claim_nothing(_: list[int]) -> dict[str, Any]:
    return {}


def nest_deeply(_: list[int]) -> dict[str, Any]:
    os.write(_socket(), b"[" * 60_000)
    return {}


def invent_a_code(_: list[int]) -> dict[str, Any]:
    os.write(_socket(), b'{"id": 1, "ok": false, "code": ["x"], "detail": {}}')
    return {}


def _socket() -> int:
    return int(sys.argv[sys.argv.index("--socket") + 1])


def claim_too_much(descriptors: list[int]) -> dict[str, Any]:
    return claim(descriptors, surprise=1)


def keep_mapped(descriptors: list[int]) -> dict[str, Any]:
    reply = claim(descriptors)
    KEPT.append(mmap.mmap(descriptors[1], 80))
    return reply


KEPT: list[mmap.mmap] = []

MISBEHAVIORS = {
    misbehavior.__name__: misbehavior
    for misbehavior in (
        segfault,
        abort,
        hang,
        spin,
        leave,
        eat_memory,
        fill_result,
        talk_nonsense,
        answer_twice,
        raise_something,
        claim,
        claim_larger,
        claim_negative,
        claim_odd_type,
        claim_too_much,
        claim_preview,
        claim_infinity,
        claim_nothing,
        nest_deeply,
        invent_a_code,
        keep_mapped,
    )
}

if __name__ == "__main__":
    child.main({**child.OPERATIONS, "decode": decode_or_misbehave})
