"""The pool's results. A child's reply is not trusted: it is checked against the shared memory first."""

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from worker.imaging.facts import Facts
from worker.imaging.formats import MEDIA_TYPES
from worker.imaging.notes import NOTES
from worker.sandbox.memory import Memory
from worker.sandbox.process import decoder_error

NETWORK_PIXELS = 1 << 20
"""The most that a child can make this process read: more than any network input."""
PREVIEW_BYTES = 1 << 20
"""The same for a preview."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPicture:
    """A decoded source. Its bytes and its luma stay in shared memory until `close()` or the end of a `with`.

    `network_input` is uint8 [h, w], upright; chroma for `compose` is in the same orientation.
    """

    facts: Facts
    network_input: NDArray[np.uint8]
    source: Memory
    planes: Memory
    preview: bytes = b""

    def close(self) -> None:
        """Free the memory. Idempotent."""
        self.source.close()
        self.planes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class ComposedPicture:
    """A finished result, with what its record needs."""

    data: bytes
    width: int
    height: int
    media_type: str
    preview: bytes = b""


def decoded_picture(reply: dict[str, Any], source: Memory, planes: Memory, max_pixels: int) -> DecodedPicture:
    """The reply to "decode", validated. Raises PictureError `decoder_crashed` if it is invalid."""
    try:
        facts = _facts(reply["facts"], max_pixels)
        height, width = reply["network_shape"]
        _require(_is_shape(height, width, NETWORK_PIXELS))
        pixels = facts.width * facts.height
        preview_bytes = _preview_bytes(reply)
        _require(planes.size == pixels + height * width + preview_bytes)
        planes.seal()
        network_input = np.frombuffer(planes.read(height * width, pixels), np.uint8).reshape(height, width)
        preview = planes.read(preview_bytes, pixels + height * width)
    except (KeyError, TypeError, ValueError, OSError, EOFError):
        raise decoder_error("decoder_crashed") from None
    return DecodedPicture(facts, network_input, source, planes, preview)


def composed_picture(reply: dict[str, Any], result: Memory, facts: Facts) -> ComposedPicture:
    """The reply to "compose", validated. Raises PictureError `decoder_crashed` if it is invalid."""
    try:
        media_type = reply["media_type"]
        preview_bytes = _preview_bytes(reply)
        size = result.size - preview_bytes
        _require(media_type in MEDIA_TYPES.values() and size > 0)
        _require((reply["width"], reply["height"]) == (facts.width, facts.height))
        data, preview = result.read(size), result.read(preview_bytes, size)
    except (KeyError, TypeError, ValueError, OSError, EOFError):
        raise decoder_error("decoder_crashed") from None
    return ComposedPicture(data, facts.width, facts.height, media_type, preview)


def _preview_bytes(reply: dict[str, Any]) -> int:
    size = reply["preview_bytes"]
    _require(type(size) is int and 0 <= size <= PREVIEW_BYTES)
    return int(size)


def _facts(fields: dict[str, Any], max_pixels: int) -> Facts:
    facts = Facts(**{**fields, "notes": tuple(fields.get("notes", ()))})
    _require(_is_shape(facts.height, facts.width, max_pixels))
    _require(MEDIA_TYPES.get(facts.format) == facts.media_type)
    _require(NOTES.keys() >= set(facts.notes))
    _require(type(facts.has_alpha) is bool and type(facts.mode) is str)
    _require(type(facts.orientation) is int and 1 <= facts.orientation <= 8)
    return facts


def _is_shape(height: object, width: object, max_pixels: int) -> bool:
    # type() and not isinstance(): JSON's true is an int to Python.
    return type(height) is int and type(width) is int and min(height, width) > 0 and height * width <= max_pixels


def _require(is_valid: bool) -> None:
    if not is_valid:
        raise ValueError("a child sent an invalid reply")
