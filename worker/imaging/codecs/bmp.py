"""BMP: pixels and a resolution; the format has no room for other metadata."""

from typing import BinaryIO

from worker.imaging.codecs.painted import Painted
from worker.imaging.codecs.reader import Reader

READER = Reader(has_orientation=False)


def write(painted: Painted, out: BinaryIO) -> None:
    dpi = painted.kept.dpi
    painted.image.save(out, "BMP", **({"dpi": dpi} if dpi else {}))
