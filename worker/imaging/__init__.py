"""Pictures in, luma planes out; chroma in, pictures out. Pure functions on bytes and arrays: Pillow and numpy only."""

from worker.imaging.composing import compose
from worker.imaging.errors import PictureError
from worker.imaging.facts import MAX_PIXELS, Composed, ComposeOptions, Facts, Provenance
from worker.imaging.formats import format_by_signature
from worker.imaging.reading import decode, inspect
from worker.imaging.sight import network_input, network_shape

__all__ = [
    "MAX_PIXELS",
    "ComposeOptions",
    "Composed",
    "Facts",
    "PictureError",
    "Provenance",
    "compose",
    "decode",
    "format_by_signature",
    "inspect",
    "network_input",
    "network_shape",
]
