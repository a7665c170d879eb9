"""Merges the statement that an AI colorized the picture into its XMP packet, and removes claims about lost parts.

Programs read IPTC's properties; people read the notice, which is the description, too, of a picture that has none.

The existing packet is parsed only to find where to cut and insert, so that every other byte stays the same. Document
types are refused, and with them entities: a packet can neither expand nor fetch anything.
"""

import re
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from worker.imaging.facts import Provenance

DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_PHOTOCHROM = "urn:photochrom/"
_DESCRIPTION = "http://purl.org/dc/elements/1.1/ description"
NOTICE = "Colorized by AI: the colors are simulated, not those of the day the picture was taken."
_NAMES = ("DigitalSourceType", "AISystemUsed", "AISystemVersionUsed", "AIPromptInformation")
_PROPERTIES = {*(f"{_IPTC_EXT} {name}" for name in _NAMES), f"{_PHOTOCHROM} Notice"}
_ATTRIBUTE = re.compile(rb"""\s([^\s:="'<>/]+):([^\s:="'<>/]+)\s*=\s*("[^"]*"|'[^']*')""")

_GOOGLE = "http://ns.google.com/photos"
_LOST_NAMESPACES = {
    "http://ns.adobe.com/hdr-gain-map/1.0/",
    "http://ns.apple.com/HDRGainMap/1.0/",
    f"{_GOOGLE}/1.0/container/",
    f"{_GOOGLE}/1.0/container/item/",
    f"{_GOOGLE}/dd/1.0/container/",
    f"{_GOOGLE}/dd/1.0/item/",
}
"""Their properties describe gain maps, films and depth maps behind the picture, none of which a result has."""

_FILM = ("", "Version", "PresentationTimestampUs", "Offset")
_LOST_PROPERTIES = {
    *(f"{_GOOGLE}/1.0/camera/ {film}{name}" for film in ("MotionPhoto", "MicroVideo") for name in _FILM),
    f"{_GOOGLE}/dd/1.0/device/ Container",
}
_EXTENSION = "http://ns.adobe.com/xmp/note/ HasExtendedXMP"
_TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_EMPTY_PACKET = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="%s">\n</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
) % _RDF.encode()


def with_provenance(
    packet: bytes | None, provenance: Provenance, *, keeps_extension: bool = False, is_described: bool = False
) -> bytes:
    """The packet with the statement in it. A packet that is not well-formed XMP in UTF-8 is replaced by a new one.

    `keeps_extension`: the result has the source's ExtendedXMP, so that the packet may refer to it.
    `is_described`: the archive describes the picture elsewhere, so that the notice must not become its description.
    """
    is_described |= keeps_extension  # The extension may have the description.
    for candidate in (packet or b"", _EMPTY_PACKET):
        try:
            return _Merge(candidate.strip(b"\0 \n"), keeps_extension=keeps_extension).result(
                provenance, is_described=is_described
            )
        except (expat.ExpatError, _UnusableError, UnicodeDecodeError):
            continue
    raise AssertionError("The empty packet could not be merged into.")


class _UnusableError(Exception):
    """The packet is XML, but the statement cannot be merged into it."""


class _Merge:
    """One pass over a packet: where to cut what is replaced or no longer true, and where to insert the statement."""

    def __init__(self, packet: bytes, *, keeps_extension: bool) -> None:
        packet.decode("utf-8")  # Offsets are valid only if expat does not convert the encoding.
        self._packet = packet
        self._cuts: list[tuple[int, int]] = []
        self._end_of_rdf: int | None = None
        self._about = ""
        self._is_described = False
        self._removed = _PROPERTIES | _LOST_PROPERTIES | (set() if keeps_extension else {_EXTENSION})
        self._namespaces: dict[str, list[str]] = {}
        self._declares_lost = False
        self._began: list[int] = []
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartNamespaceDeclHandler = self._declare
        self._parser.EndNamespaceDeclHandler = self._undeclare
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.Parse(packet, True)

    def result(self, provenance: Provenance, *, is_described: bool) -> bytes:
        if self._end_of_rdf is None:
            raise _UnusableError
        edits = [(start, stop, b"") for start, stop in self._cuts]
        statement = _statement(provenance, self._about, is_described=is_described or self._is_described)
        edits.append((self._end_of_rdf, self._end_of_rdf, statement))
        pieces, position = [], 0
        for start, stop, replacement in sorted(edits):
            pieces += [self._packet[position:start], replacement]
            position = max(position, stop)
        return b"".join([*pieces, self._packet[position:]])

    def _refuse(self, *_: object) -> None:
        raise _UnusableError

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        at = self._parser.CurrentByteIndex
        self._began.append(at)
        self._about = self._about or attributes.get(f"{_RDF} about", "")
        self._is_described |= _DESCRIPTION in (name, *attributes)
        if self._declares_lost or any(map(self._is_removed, attributes)):
            matches = _ATTRIBUTE.finditer(self._packet, at, self._tag_end(at))
            self._cuts += [match.span() for match in matches if self._is_removed_attribute(*match.groups())]
            self._declares_lost = False

    def _end(self, name: str) -> None:
        began = self._began.pop()
        opening = self._tag_end(began)
        closes_itself = self._packet.endswith(b"/>", began, opening)
        at = self._parser.CurrentByteIndex
        if self._is_removed(name):
            self._cuts.append((began, opening if closes_itself else self._tag_end(at)))
        elif name == f"{_RDF} RDF" and not closes_itself:
            self._end_of_rdf = at

    def _declare(self, prefix: str | None, namespace: str) -> None:
        self._namespaces.setdefault(prefix or "", []).append(namespace)
        self._declares_lost |= namespace in _LOST_NAMESPACES

    def _undeclare(self, prefix: str | None) -> None:
        self._namespaces[prefix or ""].pop()

    def _is_removed_attribute(self, prefix: bytes, name: bytes, value: bytes) -> bool:
        if prefix == b"xmlns":
            return value[1:-1].decode() in _LOST_NAMESPACES
        declared = self._namespaces.get(prefix.decode())  # None for `xml`, which needs no declaration.
        return declared is not None and self._is_removed(f"{declared[-1]} {name.decode()}")

    def _is_removed(self, name: str) -> bool:
        return name in self._removed or name.rpartition(" ")[0] in _LOST_NAMESPACES

    def _tag_end(self, at: int) -> int:
        tag = _TAG.match(self._packet, at)
        if tag is None:
            raise _UnusableError
        return tag.end()


def _statement(provenance: Provenance, about: str, *, is_described: bool) -> bytes:
    version = f"{provenance.checkpoint} sha256:{provenance.checkpoint_sha256}"
    prompt = f" Iptc4xmpExt:AIPromptInformation={quoteattr(provenance.prompt)}" if provenance.prompt else ""
    return (
        f'<rdf:Description xmlns:rdf="{_RDF}" xmlns:Iptc4xmpExt="{_IPTC_EXT}" rdf:about={quoteattr(about)}'
        f' Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}"'
        f" Iptc4xmpExt:AISystemUsed={quoteattr(provenance.software)}"
        f" Iptc4xmpExt:AISystemVersionUsed={quoteattr(version)}{prompt}"
        f' xmlns:photochrom="{_PHOTOCHROM}" photochrom:Notice="{NOTICE}"'
        f"{'/>' if is_described else f'>{_NOTICE_AS_DESCRIPTION}</rdf:Description>'}\n"
    ).encode()


_NOTICE_AS_DESCRIPTION = (
    '<dc:description xmlns:dc="http://purl.org/dc/elements/1.1/">'
    f'<rdf:Alt><rdf:li xml:lang="x-default">{NOTICE}</rdf:li></rdf:Alt></dc:description>'
)
