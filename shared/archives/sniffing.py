"""Recognizing the format of a body by its first bytes, not by its name. Whether a picture is intact, only decoding
tells.
"""

import struct

from shared.pictures import FORMATS

SNIFF_BYTES = 512
# How far into a body a zip may begin: the program in front of a self-extracting one takes a few hundred KB.
PREFIX_BYTES = 1024**2
# The end record of a zip with the longest possible comment.
END_BYTES = 22 + 0xFFFF

ARCHIVES = frozenset({"zip", "tar"})
# Whether these hold a tar, only decompressing tells.
COMPRESSED = frozenset({"application/gzip", "application/x-bzip2", "application/x-xz", "application/zstd"})
PICTURES = frozenset(FORMATS)

# Where one signature is the beginning of another, the longer one comes first.
_SIGNATURES = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x50\x2a\x4d\x18", "application/zstd"),  # A skippable frame, as pzstd writes first.
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"%PDF-", "application/pdf"),
)
_ISO_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"avif": "image/avif",
    b"avis": "image/avif",
}
_ENTRY_OF_ZIP = b"PK\x03\x04"
_END_OF_ZIP = b"PK\x05\x06"


def sniff(first: bytes) -> str | None:
    """`"zip"`, `"tar"`, a media type, or None if nothing is recognized. See `ARCHIVES`, `COMPRESSED` and `PICTURES`.

    `first` should hold the first 512 bytes, or all if there are fewer. After None, `has_zip_entry` and `ends_as_zip`
    may still find a zip further on.
    """
    for signature, kind in _SIGNATURES:
        if first.startswith(signature):
            return kind
    if first[:4] == b"RIFF" and first[8:12] == b"WEBP":
        return "image/webp"
    if first[4:8] == b"ftyp" and first[8:12] in _ISO_BRANDS:
        return _iso_media_type(first)
    if _is_tar(first):
        return "tar"
    if _is_bmp(first):
        return "image/bmp"
    return None


def has_zip_entry(beginning: bytes | bytearray, searched: int = 0) -> bool:
    """Whether a zip entry begins within the first `PREFIX_BYTES`. The first `searched` bytes are known to have none."""
    return beginning.find(_ENTRY_OF_ZIP, max(searched - len(_ENTRY_OF_ZIP) + 1, 0), PREFIX_BYTES) >= 0


def ends_as_zip(last: bytes | bytearray) -> bool:
    """Whether the last `END_BYTES` of a body contain a zip's end record, by which readers find it."""
    return _END_OF_ZIP in last


def _iso_media_type(first: bytes) -> str:
    """By the `ftyp` box. `mif1` and `msf1` are brands of any HEIF: whether it is an AVIF, its compatible brands say."""
    media_type = _ISO_BRANDS[first[8:12]]
    end_of_box = min(int.from_bytes(first[:4]), len(first))
    compatible = {_ISO_BRANDS.get(first[at : at + 4]) for at in range(16, end_of_box, 4)}
    return "image/avif" if media_type == "image/heif" and "image/avif" in compatible else media_type


def _is_bmp(first: bytes) -> bool:
    """Texts may begin with `BM`, too, so the size of the second header must be a valid one."""
    return first[:2] == b"BM" and len(first) >= 18 and first[14:18] in _BMP_HEADER_SIZES


_BMP_HEADER_SIZES = frozenset(struct.pack("<I", size) for size in (12, 16, 40, 52, 56, 64, 108, 124))


def _is_tar(first: bytes) -> bool:
    """Old tars have no magic number, so the header's checksum decides. Its own field counts as spaces."""
    header = first[:512]
    if len(header) < 512 or not any(header):
        return False
    stated = header[148:156].strip(b"\x00 ")
    try:
        return int(stated, 8) == sum(header) - sum(header[148:156]) + 8 * ord(" ")
    except ValueError:
        return False
