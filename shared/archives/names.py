"""Names from archives: they are decoded, whatever their encoding, and each item gets a path that is safe and unique.

The given names are data for records and reports. Only what `MemberNames` returns is ever used as a path.
"""

import codecs
import unicodedata
from functools import lru_cache
from hashlib import blake2b

from shared.archives.entries import NAME_BYTES
from shared.archives.hashset import HashSet

_Utf8Decoder = codecs.getincrementaldecoder("utf-8")
_COMPONENT_BYTES = 200
_PATH_BYTES = 900
_UNSAFE = str.maketrans(dict.fromkeys([*'<>:"|?*\x7f', *map(chr, range(32))], "_"))
_RESERVED = frozenset({"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)})
_PICTURE_FORMATS = "jpg jpeg jpe jfif png apng webp bmp dib tif tiff gif jp2 jxl heic heif avif psd"
_EXTENSIONS = frozenset(_PICTURE_FORMATS.split())


def decode_name(raw: bytes, *, fallback: str) -> str:
    """At most 1 KB of UTF-8. Other bytes are decoded as `fallback`, which must have a character for every byte."""
    head = raw[:NAME_BYTES]
    try:
        # Final only without a cut: a character that the cut splits is dropped and is no error.
        name = _Utf8Decoder().decode(head, final=len(head) == len(raw))
    except UnicodeDecodeError:
        name = head.decode(fallback)
    return cap_name(name)


def cap_name(name: str, limit: int = NAME_BYTES) -> str:
    """Cut the name to `limit` bytes of UTF-8; characters that UTF-8 cannot encode become `?`."""
    if len(name) * 4 <= limit and name.isprintable():
        return name
    return name.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")


def split_extension(member: str) -> tuple[str, str]:
    """The stem and the extension. Only those of picture formats count: in `scan.1912` all is stem."""
    stem, _, extension = member.rpartition(".")
    if extension.lower() in _EXTENSIONS and stem and not stem.endswith("/"):
        return stem, f".{extension}"
    return member, ""


def with_extension(member: str, extension: str) -> str:
    """The same member in another format; `extension` includes its dot. Unique members stay unique."""
    return split_extension(member)[0] + extension


class MemberNames:
    """Gives the items of one archive relative paths that are unique on any file system, whatever their names are.

    Paths are compared without case, Unicode form and picture extension, so that `a.jpg` and `a.png` may both become
    PNGs. The same names in the same order get the same paths. Only a hash of each path is kept in memory.
    """

    def __init__(self) -> None:
        self._taken = HashSet()

    def assign(self, name: str, index: int) -> str:
        """A path for the item. If its name is taken, the index is appended to the stem."""
        stem, extension = split_extension(_safe_path(name))
        unique = stem
        while not self._taken.add(_fingerprint(unique)):
            unique = f"{unique}~{index}"
        return unique + extension


def _safe_path(name: str) -> str:
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if parts and len(parts[0]) == 2 and parts[0][1] == ":":
        parts = parts[1:]
    *folders, last = parts or ["unnamed"]
    safe = [*map(_safe_folder, folders), _safe_component(last)]
    while len(safe) > 1 and len("/".join(safe).encode()) > _PATH_BYTES:
        safe.pop(0)
    return "/".join(safe)


@lru_cache(maxsize=64)
def _safe_folder(part: str) -> str:
    """No folder may look like a picture, or a picture could get the path of a folder."""
    folder = _safe_component(part)
    return f"{folder}_" if split_extension(folder)[1] else folder


def _safe_component(part: str) -> str:
    part = unicodedata.normalize("NFC", cap_name(part)).translate(_UNSAFE)
    stem, extension = split_extension(part)
    stem = cap_name(stem, _COMPONENT_BYTES).rstrip(". ") or "_"
    if stem.split(".")[0].lower() in _RESERVED:
        stem = f"_{stem}"
    return stem + extension


def _fingerprint(stem: str) -> int:
    comparable = unicodedata.normalize("NFC", stem.casefold())
    return int.from_bytes(blake2b(comparable.encode(), digest_size=8).digest())
