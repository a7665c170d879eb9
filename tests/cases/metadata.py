"""G: metadata that comes several times, and statements about parts that a result does not have."""

import hashlib
import io
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image, IptcImagePlugin

from tests.cases.case import Case
from tests.cases.pictures import GRAY, result_of
from tests.hostile.jpegs import with_segment
from tests.hostile.pngs import chunk, png
from tests.worker.imaging.pictures import OPTIONS, composed, gentle_chroma, packed

KEPT = "all kept, in order"
NOTHING_LOST = "the rest kept, no such claim left"
PHOTOSHOP, XMP, EXTENSION = (
    b"Photoshop 3.0\0",
    b"http://ns.adobe.com/xap/1.0/\0",
    b"http://ns.adobe.com/xmp/extension/\0",
)
COMMENTS = (b"Album 3, page 12", b"scanned 2019", b"CREATOR: gd-jpeg v1.0")
CAPTION = "Hauptstraße vor dem Umbau, 1931"
IPTC = b"".join(
    struct.pack(">BBBH", 0x1C, record, number, len(data)) + data
    for record, number, data in ((1, 90, b"\x1b%G"), (2, 120, CAPTION.encode()), (2, 25, b"street"))
)


def jpeg(*segments: tuple[int, bytes]) -> bytes:
    """The scan with those segments, in that order."""
    made = packed(GRAY, "JPEG")
    for marker, content in reversed(segments):
        made = with_segment(made, marker, content)
    return made


def resource(number: int, data: bytes) -> bytes:
    return struct.pack(">4sHHL", b"8BIM", number, 0, len(data)) + data + bytes(len(data) % 2)


def rdf(properties: str, namespaces: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" {namespaces} '
        f'crs:Version="9.1" {properties}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def segments_of(result: bytes, name: str) -> list[bytes]:
    return [data for segment, data in Image.open(io.BytesIO(result)).applist if segment == name]


def comments() -> str:
    result = composed(jpeg(*((0xFE, text) for text in COMMENTS)), gentle_chroma())
    left = segments_of(result, "COM")
    return KEPT if left == list(COMMENTS) else f"{left}"


def captions() -> str:
    first, second = PHOTOSHOP + resource(0x0404, IPTC), PHOTOSHOP + resource(0x0421, bytes(45))
    result = Image.open(io.BytesIO(composed(jpeg((0xED, first), (0xED, second)), gentle_chroma())))
    iptc = IptcImagePlugin.getiptcinfo(result) or {}
    kept = (iptc.get((2, 120)), iptc.get((2, 25)), result.info.get("photoshop", {}).get(0x0421))
    return KEPT if kept == (CAPTION.encode(), b"street", bytes(45)) else f"{kept}"


def texts() -> str:
    expected = [
        (b"tEXt", b"Comment\0Front: harbour"),
        (b"tEXt", b"Comment\0Back: stamped 1924"),
        (b"zTXt", b"Source\0\0" + zlib.compress(b"Box 12")),
        (b"iTXt", b"Title\0\0\0de\0Titel\0" + "Straße".encode()),
    ]
    source = png(
        before=b"".join(chunk(*text) for text in expected[:2]), after=b"".join(chunk(*t) for t in expected[2:])
    )
    result, at, left = composed(source, gentle_chroma()), 8, []
    while at < len(result):
        size, name = struct.unpack_from(">L4s", result, at)
        left += [(name, result[at + 8 : at + 8 + size])] * (name in (b"tEXt", b"zTXt", b"iTXt"))
        at += size + 12
    left = [text for text in left if not text[1].startswith(b"XML:com.adobe.xmp")]
    return KEPT if left == expected else f"{left}"


def extended(result_format: str) -> Callable[[], str]:
    """A check of a property in an extension of two segments."""

    def check() -> str:
        extension = rdf('note:Long="', 'xmlns:note="urn:n"').replace(
            b'note:Long="', b'note:Long="' + b"x" * 70_000 + b'">'
        )
        guid = hashlib.md5(extension, usedforsecurity=False).hexdigest().upper()
        main = rdf(f'xmpNote:HasExtendedXMP="{guid}">', 'xmlns:xmpNote="http://ns.adobe.com/xmp/note/"')
        halves = [(at, extension[at : at + 60_000]) for at in (0, 60_000)]
        parts = [EXTENSION + guid.encode() + struct.pack(">LL", len(extension), at) + half for at, half in halves]
        source = jpeg((0xE1, XMP + main), *((0xE1, part) for part in parts))
        result = composed(source, gentle_chroma(), replace(OPTIONS, format=result_format))
        packet = Image.open(io.BytesIO(result)).info["xmp"]
        if result_format == "jpeg":
            kept = [part for part in segments_of(result, "APP1") if part.startswith(EXTENSION)]
            return "kept" if kept == parts and guid.encode() in packet else "lost"
        return "kept" if b"x" * 70_000 in packet and guid.encode() not in packet else "lost"

    return check


def claims(properties: str, namespaces: str, kind: str = "JPEG") -> Callable[[], str]:
    """A check that the properties are gone, and the version of the same name in another namespace is not."""

    def check() -> str:
        packet = rdf(properties, namespaces)
        result = result_of(packed(GRAY, kind, xmp=packet))
        left = result.info["xmp"]
        lost = re.findall(
            rb"hdr-gain-map|hdrgm:\w+|Container:\w+|Item:\w+|GCamera:MotionPhoto\w*|GCamera:MicroVideo\w*", left
        )
        return NOTHING_LOST if b'crs:Version="9.1"' in left and not lost else f"{lost}"

    return check


def alpha_of_four_bits() -> str:
    values = np.tile(np.arange(16, dtype=np.uint8), (16, 1))
    nibbles = values[:, 0::2] << 4 | values[:, 1::2]
    rows = b"".join(b"\0" + row.tobytes() for row in nibbles)
    source = png(16, 16, depth=4, before=chunk(b"tRNS", struct.pack(">H", 15)), data=zlib.compress(rows))
    alpha = np.asarray(result_of(source).getchannel("A"))
    right = np.where(values == 15, 0, 255)
    return "transparent where the source is" if np.array_equal(alpha, right) else f"alpha {np.unique(alpha)}"


HDR, CONTAINER = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"', "http://ns.google.com/photos/1.0/container/"
CAMERA = 'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"'
ITEMS = f'xmlns:Container="{CONTAINER}" xmlns:Item="{CONTAINER}item/"'
DIRECTORY = (
    '<Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary"/></rdf:li>'
    '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Length="1021"/></rdf:li></rdf:Seq>'
    "</Container:Directory>"
)


def _row(name: str, situation: str, right: str, check: Callable[[], str]) -> Case:
    return Case(letter="G", name=name, situation=situation, right=right, check=check)


CASES = [
    _row("two_comments.jpg", "Three comments.", KEPT, comments),
    _row("iptc_two.jpg", "Two Photoshop segments, the first with IPTC.", KEPT, captions),
    _row("dup_text.png", "Two texts of one name, a compressed and an international one.", KEPT, texts),
    _row("extended_xmp.jpg", "ExtendedXMP in two segments.", "kept", extended("jpeg")),
    _row("extended_xmp_to.png", "ExtendedXMP, the result a PNG.", "kept", extended("png")),
    _row("ultrahdr.jpg", "A gain map.", NOTHING_LOST, claims('hdrgm:Version="1.0">' + DIRECTORY, f"{HDR} {ITEMS}")),
    _row(
        "ultrahdr.webp",
        "A gain map, as elements.",
        NOTHING_LOST,
        claims("><hdrgm:GainMapMax><rdf:Seq><rdf:li>1</rdf:li></rdf:Seq></hdrgm:GainMapMax>", HDR, "WEBP"),
    ),
    _row(
        "motion_photo.jpg",
        "A film behind the picture.",
        NOTHING_LOST,
        claims(
            f'GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1" GCamera:MicroVideoOffset="99">{DIRECTORY}',
            f"{CAMERA} {ITEMS}",
        ),
    ),
    _row("gray4_trns.png", "4-bit gray, 15 is transparent.", "transparent where the source is", alpha_of_four_bits),
]
