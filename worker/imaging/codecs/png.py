"""PNG: 8-bit RGB or RGBA, with the source's texts, byte for byte."""

from typing import BinaryIO

from PIL import PngImagePlugin

from worker.imaging.codecs.painted import Painted
from worker.imaging.codecs.png_reading import READER

__all__ = ["READER", "write"]


def write(painted: Painted, out: BinaryIO) -> None:
    texts = PngImagePlugin.PngInfo()
    for name, data in painted.kept.texts:
        texts.add(name, data)
    texts.add_itxt("XML:com.adobe.xmp", painted.xmp.decode("utf-8"))
    painted.image.save(out, "PNG", **painted.metadata, pnginfo=texts)
