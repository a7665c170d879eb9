"""Decoding and composing in limited child processes: a hostile picture can kill only its decoder."""

from worker.sandbox.pool import ComposedPicture, DecodedPicture, DecoderPool

__all__ = ["ComposedPicture", "DecodedPicture", "DecoderPool"]
