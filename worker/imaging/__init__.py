"""Decodes pictures and composes results: pure functions of Pillow, tifffile and numpy, no jobs, storage or torch."""

from worker.imaging.composing import compose
from worker.imaging.errors import PictureError
from worker.imaging.facts import MAX_PIXELS, Composed, ComposeOptions, Facts, Provenance
from worker.imaging.formats import format_by_signature
from worker.imaging.network_view import network_input, network_shape
from worker.imaging.notes import NOTES
from worker.imaging.reading import decode, decode_with_preview

__all__ = [
    "MAX_PIXELS",
    "NOTES",
    "ComposeOptions",
    "Composed",
    "Facts",
    "PictureError",
    "Provenance",
    "compose",
    "decode",
    "decode_with_preview",
    "format_by_signature",
    "network_input",
    "network_shape",
]
