"""PNG: 8-bit RGB or RGBA, with the source's texts."""

from typing import BinaryIO

from PIL import Image, PngImagePlugin

from worker.imaging.codecs.painted import Painted
from worker.imaging.codecs.reader import Reader, refuse_animation
from worker.imaging.facts import Buffer

_DEPTH_AT = 24


def write(painted: Painted, out: BinaryIO) -> None:
    texts = PngImagePlugin.PngInfo()
    for key, text in painted.kept.texts:
        texts.add_text(key, text)
    texts.add_itxt("XML:com.adobe.xmp", painted.xmp.decode("utf-8"))
    painted.image.save(out, "PNG", **painted.metadata, pnginfo=texts)


def _bits_per_sample(_: Image.Image, source: Buffer) -> int:
    return source[_DEPTH_AT]


READER = Reader(bits_per_sample=_bits_per_sample, refuse_several=refuse_animation, metadata_follows_pixels=True)
