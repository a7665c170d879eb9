"""The structure of a JPEG: its frame, its scans, and whether it ends. No pixel is decoded."""

import re
from dataclasses import dataclass, field

from worker.imaging.facts import Buffer

EOI = b"\xff\xd9"

_SOS, _END, _DHT_JPG_DAC = 0xDA, 0xD9, {0xC4, 0xC8, 0xCC}
_FRAMES = {*range(0xC0, 0xD0)} - _DHT_JPG_DAC
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
# In the coded data of a scan, 0xFF is followed by 0 or belongs to a restart marker.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_COEFFICIENTS = 64


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan's header: the components, the first and the last coefficient, and the lowest bit that it brings."""

    components: tuple[int, ...]
    first: int
    last: int
    lowest_bit: int


@dataclass(slots=True)
class Layout:
    """`frame` is the number of the SOF marker, `end_at` the place of the EOI; each is None if there is none."""

    frame: int | None = None
    width: int = 0
    height: int = 0
    components: tuple[int, ...] = ()
    scans: list[Scan] = field(default_factory=list)
    end_at: int | None = None

    @property
    def is_lossless(self) -> bool:
        return self.frame in (3, 11)

    @property
    def is_arithmetic(self) -> bool:
        return self.frame is not None and self.frame >= 9

    @property
    def is_complete(self) -> bool:
        """Whether the scans bring every coefficient of every component down to its lowest bit."""
        missing = {(component, at) for component in self.components for at in range(self._coefficients)}
        for scan in self.scans:
            if scan.lowest_bit == 0:
                missing -= {(component, at) for component in scan.components for at in self._range(scan)}
        return bool(self.components) and not missing

    @property
    def _coefficients(self) -> int:
        return 1 if self.is_lossless else _COEFFICIENTS

    def _range(self, scan: Scan) -> range:
        # In a lossless scan, `first` is the number of the predictor.
        return range(1) if self.is_lossless else range(scan.first, scan.last + 1)


def layout_of(source: Buffer, *, most_scans: int) -> Layout:
    """The structure up to the end of the picture, of the data, or of the scan after `most_scans`.

    Stops at anything malformed: whether that can be read is up to the decoder.
    """
    layout = Layout()
    at = 2
    while (match := _NEXT_MARKER.search(source, at)) is not None and len(layout.scans) <= most_scans:
        marker, at = source[match.end() - 1], match.end()
        if marker == _END:
            layout.end_at = match.start()
            break
        if marker in _WITHOUT_LENGTH:
            continue
        length = int.from_bytes(source[at : at + 2], "big")
        content = bytes(source[at + 2 : at + length]) if marker == _SOS or marker in _FRAMES else b""
        at += length
        if length < 2 or at > len(source):
            break
        if marker == _SOS:
            _add_scan(layout, content)
        elif marker in _FRAMES and layout.frame is None:
            _set_frame(layout, marker & 15, content)
    return layout


def _add_scan(layout: Layout, content: bytes) -> None:
    count = content[0] if content else 0
    if len(content) >= 4 + 2 * count:
        first, last, bits = content[1 + 2 * count : 4 + 2 * count]
        layout.scans.append(Scan(tuple(content[1 : 1 + 2 * count : 2]), first, last, bits & 15))


def _set_frame(layout: Layout, number: int, content: bytes) -> None:
    if len(content) < 6:
        return
    layout.frame = number
    layout.height, layout.width = int.from_bytes(content[1:3], "big"), int.from_bytes(content[3:5], "big")
    layout.components = tuple(content[6 : 6 + 3 * content[5] : 3])
