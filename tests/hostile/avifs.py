"""Malicious and unusual AVIFs, a function for each."""

import struct

from PIL import Image

from tests.hostile.attacks import Attacks
from tests.hostile.saving import saved
from tests.worker.imaging.pictures import packed

AVIFS = Attacks()


def claiming(content: bytes, width: int, height: int) -> bytes:
    """The same AVIF with another size in its header."""
    changed = bytearray(content)
    struct.pack_into(">LL", changed, content.index(b"ispe") + 8, width, height)
    return bytes(changed)


@AVIFS.answered("failed image_too_large")
def avif_of_256_megapixels() -> bytes:
    return claiming(saved("AVIF", "RGB"), 16_000, 16_000)


@AVIFS.answered("failed corrupt_image")
def avif_of_more_pixels_than_libavif_reads() -> bytes:
    return claiming(saved("AVIF", "RGB"), 100_000, 100_000)


@AVIFS.answered("succeeded")
def avif_of_12_megapixels_that_claims_64() -> bytes:
    """It is decoded at its true size, then scaled to 8 x 8."""
    return claiming(packed(Image.new("RGB", (4000, 3000)), "AVIF", speed=10), 8, 8)


@AVIFS.answered("failed animated_image")
def avif_of_two_frames() -> bytes:
    return saved("AVIF", "RGB", save_all=True, append_images=[Image.new("RGB", (32, 24))])


@AVIFS.answered("failed corrupt_image")
def avif_cut_off() -> bytes:
    return saved("AVIF", "RGB")[:-30]


@AVIFS.answered("failed corrupt_image")
def avif_without_boxes() -> bytes:
    return b"\x00\x00\x00\x18ftypavif" + bytes(80)


@AVIFS.answered("failed corrupt_image")
def avif_of_a_hundred_thousand_boxes() -> bytes:
    content = saved("AVIF", "RGB")
    at = content.index(b"meta") - 4
    return content[:at] + b"\x00\x00\x00\x08free" * 100_000 + content[at:]


@AVIFS.answered("succeeded")
def avif_with_alpha() -> bytes:
    return saved("AVIF", "RGBA")
