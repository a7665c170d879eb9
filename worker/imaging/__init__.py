"""Pictures in, luma planes out; chroma in, pictures out. Pure functions on bytes and arrays: Pillow and numpy only."""

from worker.imaging.compose import compose
from worker.imaging.errors import PictureError
from worker.imaging.facts import ComposeOptions, Composed, Facts, Limits, Provenance, ResultFormat
from worker.imaging.reading import decode, inspect
from worker.imaging.sight import lightness, network_input, network_shape

__all__ = [
    "ComposeOptions",
    "Composed",
    "Facts",
    "Limits",
    "PictureError",
    "Provenance",
    "ResultFormat",
    "compose",
    "decode",
    "inspect",
    "lightness",
    "network_input",
    "network_shape",
]
