"""Parsing one header block of a tar, and the records of a PAX header. Nothing is read here."""

from typing import NamedTuple

from shared.archives.errors import ArchiveCorrupt

BLOCK = 512
SPARSE_KEYS = frozenset({b"GNU.sparse.major", b"GNU.sparse.map", b"GNU.sparse.size"})

_USED_KEYS = SPARSE_KEYS | {b"path", b"size", b"GNU.sparse.name"}


class TarHeader(NamedTuple):
    """`kind` is the type flag; `continues` only has a meaning in the sparse files of old GNU tars."""

    name: bytes
    kind: bytes
    size: int
    continues: bool


def parse_header(block: bytes) -> TarHeader:
    """Raises `ArchiveCorrupt` if the checksum or a number is wrong."""
    stated = parse_number(block[148:156])
    others = block[:148] + b" " * 8 + block[156:]
    # Historic tars computed the sum of signed characters.
    if stated != sum(others) and stated != sum(others) - 256 * sum(byte > 127 for byte in others):
        raise ArchiveCorrupt("A tar header is damaged: its checksum does not match.")
    name, kind = _string(block[:100]), block[156:157]
    prefix = _string(block[345:500])
    # Only POSIX has the prefix; GNU uses the field for other things.
    if prefix and block[257:263] == b"ustar\0":
        name = prefix + b"/" + name
    return TarHeader(name, kind, parse_number(block[124:136]), continues=block[482] != 0)


def parse_number(field: bytes) -> int:
    """Octal digits or, for larger numbers, base 256 after a first byte of 0x80. Negative numbers are refused."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:])
    digits = _string(field).strip()
    if digits.strip(b"01234567"):
        raise ArchiveCorrupt("A tar header has a number field that is not a number.")
    return int(digits or b"0", 8)


def parse_pax(content: bytes) -> dict[bytes, bytes]:
    """The records `length key=value\\n` that are used here. Raises `ArchiveCorrupt` if a length is wrong."""
    records = {}
    position = 0
    while position < len(content) and content[position]:
        space = content.find(b" ", position, position + 20)
        digits = content[position : max(space, position)]
        length = int(digits) if digits.isdigit() else 0
        end = position + length
        key, equals, value = content[space + 1 : end - 1].partition(b"=")
        if not length or not equals or end > len(content) or content[end - 1] != ord("\n"):
            raise ArchiveCorrupt("A PAX header is damaged.")
        if key in _USED_KEYS:
            records[key] = value
        position = end
    return records


def _string(field: bytes) -> bytes:
    return field.partition(b"\0")[0]
