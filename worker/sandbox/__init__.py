"""Decoding and composing in limited child processes: a hostile picture can kill only its decoder."""

from worker.sandbox.pictures import ComposedPicture, DecodedPicture
from worker.sandbox.pool import DecoderPool

__all__ = ["ComposedPicture", "DecodedPicture", "DecoderPool"]
