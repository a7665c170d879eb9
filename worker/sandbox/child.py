"""The child process: a loop that decodes and composes what the parent sends, and has access to nothing else.

The pool starts it as `python -m worker.sandbox.child`, with an almost empty environment and under limits.
"""

import argparse
import dataclasses
import errno
import mmap
import os
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from worker.imaging import ComposeOptions, PictureError, Provenance, compose, decode_with_preview, network_input
from worker.sandbox import limits, protocol
from worker.sandbox.memory import read_all, write_all

Operation = Callable[[dict[str, Any], list[int]], dict[str, Any]]


def decode_picture(request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
    """Read the source from the first descriptor; write luma, network input and preview to the second."""
    source, planes = descriptors
    luma, facts, preview = decode_with_preview(
        read_all(source, os.fstat(source).st_size),
        max_pixels=request["max_pixels"],
        before_pixels=request["await_memory"],
    )
    for_network = network_input(luma, orientation=facts.orientation, side=request["side"], multiple=request["multiple"])
    write_all(planes, np.ascontiguousarray(luma).data)
    write_all(planes, for_network.data)
    write_all(planes, preview)
    return {
        "facts": dataclasses.asdict(facts),
        "network_shape": for_network.shape,
        "preview_bytes": len(preview),
    }


def compose_picture(request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
    """Read source, planes and chroma from the first three descriptors; write result and preview to the fourth."""
    source, planes, chroma, result = descriptors
    height, width = request["luma_shape"]
    samples = read_all(chroma, os.fstat(chroma).st_size)
    options = ComposeOptions(**{**request["options"], "provenance": Provenance(**request["options"]["provenance"])})
    mapped = mmap.mmap(planes, height * width, access=mmap.ACCESS_READ)
    with os.fdopen(result, "w+b", closefd=False) as out:
        composed = compose(
            read_all(source, os.fstat(source).st_size),
            np.frombuffer(mapped, np.uint8).reshape(height, width),
            np.frombuffer(samples, np.float32).reshape(request["chroma_shape"]),
            options,
            out,
            max_pixels=request["max_pixels"],
        )
        out.seek(0, os.SEEK_END)
        out.write(composed.preview)
    return {
        "width": composed.width,
        "height": composed.height,
        "media_type": composed.media_type,
        "preview_bytes": len(composed.preview),
    }


OPERATIONS: Mapping[str, Operation] = {"decode": decode_picture, "compose": compose_picture}


def serve(connection: socket.socket, operations: Mapping[str, Operation]) -> None:
    """Answer requests until the parent closes the connection."""
    protocol.send(connection, {"ready": True})
    while (received := protocol.receive_request(connection)) is not None:
        request, descriptors = received
        limits.limit_cpu_time(request["seconds"])
        limits.limit_memory(request["memory_bytes"])
        request["await_memory"] = partial(_await_memory, connection, request["id"])
        try:
            reply = {"ok": True, **_answer(operations[request["operation"]], request, descriptors)}
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        protocol.send(connection, {"id": request["id"], **reply})


def _await_memory(connection: socket.socket, number: int, needed: int) -> None:
    """Return when the parent grants that much."""
    protocol.send(connection, {"id": number, "needs": needed})
    if protocol.receive_request(connection) is None:
        sys.exit(1)  # The parent has gone.
    limits.limit_memory(needed + protocol.UNMEASURED_BYTES)


def _answer(operation: Operation, request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
    try:
        return {"result": operation(request, descriptors)}
    except PictureError as error:
        return {"ok": False, "code": error.code, "detail": error.detail}
    except MemoryError:
        return {"ok": False, "code": "decoder_memory"}
    except OSError as error:
        if error.errno == errno.EFBIG:  # The limit on the size of shared memory.
            return {"ok": False, "code": "decoder_memory"}
        return _bug()
    except Exception:  # The boundary of the process: the parent gets the traceback and replaces this child.
        return _bug()


def _bug() -> dict[str, Any]:
    return {"ok": False, "code": "decoder_failed", "trace": traceback.format_exc()[-4000:]}


def main(operations: Mapping[str, Operation] = OPERATIONS) -> None:
    """Limit this process, then serve. The pool passes the arguments."""
    parser = argparse.ArgumentParser()
    for name in ("socket", "parent", "memory-bytes", "file-bytes"):
        parser.add_argument(f"--{name}", type=int, required=True)
    arguments = parser.parse_args()
    limits.confine(parent=arguments.parent, memory_bytes=arguments.memory_bytes, file_bytes=arguments.file_bytes)
    # From here on stderr would get only what the libraries print about hostile files.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    with socket.socket(fileno=arguments.socket) as connection:
        serve(connection, operations)


if __name__ == "__main__":
    main()
