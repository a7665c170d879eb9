"""Progressive JPEGs that cost as much as any that is accepted: few bytes, and a second or more of a decoder's time."""

import io
from collections.abc import Iterator

from PIL import Image

from benchmarks.archives import Entry
from worker.imaging.codecs.jpeg_reading import MOST_SCANNED_PIXELS, MOST_SCANS


def scan_bombs(count: int, longest: int = 4000) -> Iterator[Entry]:
    """The last scan is repeated as often as the limit for the size allows ("Two Issues with the JPEG Standard")."""
    width, height = longest, longest * 3 // 4
    out = io.BytesIO()
    Image.new("L", (width, height), 90).save(out, "JPEG", progressive=True)
    jpeg = out.getvalue()
    last = jpeg.rindex(b"\xff\xda")
    scans = min(MOST_SCANS, MOST_SCANNED_PIXELS // (width * height))
    scan = jpeg[last:-2]
    bomb = jpeg[:last] + scan * (scans - jpeg.count(b"\xff\xda") + 1) + jpeg[-2:]
    for number in range(count):
        yield Entry(f"progressive-{number:04}.jpg", bomb, "succeeded")
