"""Bounds of a picture, and of the processes that decode it."""

import struct
import zlib
from pathlib import Path

from tests.fixtures.stack import RunningStack
from tests.hostile.bounds.bound import Bound, largest
from tests.hostile.pngs import chunk
from worker.imaging import PictureError, decode

WIDTH = 10_000


def code_for(content: bytes) -> str:
    try:
        decode(content)
    except PictureError as error:
        return error.code
    return "succeeded"


def pixels(_stack: RunningStack) -> str:
    """Of a PNG without pixel data, so that what is within the limit is only corrupt."""

    def is_accepted(height: int) -> bool:
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, height, 8, 0, 0, 0, 0))
        content = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        return code_for(content) != "image_too_large"

    return f"{largest(is_accepted, 1_000_000) * WIDTH / 1e6:g} million"


def decoder_limits(stack: RunningStack) -> dict[str, str]:
    """What the kernel enforces for the decoders of the worker that serves single pictures."""
    worker = stack.processes["worker-interactive"].pid
    for child in children(worker):
        if b"worker.sandbox.child" in Path(f"/proc/{child}/cmdline").read_bytes():
            lines = Path(f"/proc/{child}/limits").read_text().splitlines()[1:]
            return {line[:26].strip(): line[26:].split()[0] for line in lines}
    raise AssertionError("the worker has no decoder")


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    direct = [int(child) for file in listed for child in file.read_text().split()]
    return [*direct, *(further for child in direct for further in children(child))]


def decoder_files(stack: RunningStack) -> str:
    return decoder_limits(stack)["Max open files"]


PICTURE_BOUNDS = [
    Bound(what="pixels of a picture (`PHOTOCHROM_WORKER__MAX_PIXELS`)", right="200 million", measure=pixels),
    Bound(what="open files of a decoder", right="64", measure=decoder_files),
]
