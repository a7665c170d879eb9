"""ExtendedXMP: the properties of a JPEG that exceed its main packet's segment, in segments of their own.

Adobe's "XMP Specification, Part 3", 1.1.3.1. Each segment has the name, the GUID of the extension, the length of all of
it, and the offset of its part.
"""

import re
import struct
from collections.abc import Sequence
from xml.parsers import expat

_HEAD = struct.Struct(">35s32sLL")
_MOST_BYTES = 16 << 20
_GUID = re.compile(rb"""HasExtendedXMP\s*(?:=\s*["']|>)\s*([0-9A-Fa-f]{32})""")
_INSIDE_RDF = re.compile(rb"<rdf:RDF(?:\s[^>]*)?>(.*)</rdf:RDF\s*>", re.DOTALL)
_END_OF_RDF = b"</rdf:RDF"


def merged(packet: bytes | None, segments: Sequence[bytes]) -> bytes | None:
    """The packet with the descriptions of its extension. Unchanged if the extension is incomplete or malformed."""
    extension = _extension(packet, segments) if packet is not None and segments else None
    if packet is None or extension is None:
        return packet
    descriptions, end = _INSIDE_RDF.search(extension), packet.rfind(_END_OF_RDF)
    if descriptions is None or end < 0:
        return packet
    whole = packet[:end] + descriptions[1] + packet[end:]
    return whole if _is_well_formed(whole) else packet


def _extension(packet: bytes, segments: Sequence[bytes]) -> bytes | None:
    guid = _GUID.search(packet)
    parts = [(*_HEAD.unpack_from(data)[1:], data[_HEAD.size :]) for data in segments if len(data) >= _HEAD.size]
    parts = [part for part in parts if guid is not None and part[0].upper() == guid[1].upper()]
    if not parts or parts[0][1] > _MOST_BYTES:
        return None
    content = b"".join(data for _, _, _, data in sorted(parts, key=lambda part: part[2]))
    return content if len(content) == parts[0][1] else None


def _is_well_formed(packet: bytes) -> bool:
    try:
        expat.ParserCreate("utf-8", namespace_separator=" ").Parse(packet.strip(b"\0 \n"), True)
    except expat.ExpatError:
        return False
    return True
