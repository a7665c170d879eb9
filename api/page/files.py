"""The files of the built page, read once: there are few, and what is in memory cannot be another file's path.

`npm run build` writes a `.br` and a `.gz` beside each text file, so nothing is compressed while it is served.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

DOCUMENT = "/index.html"
# The best first.
ENCODINGS = {"br": ".br", "gzip": ".gz"}
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class PageFile:
    media_type: str
    tag: str
    content: bytes
    encoded: Mapping[str, bytes]

    @classmethod
    def read(cls, path: Path) -> "PageFile":
        content = path.read_bytes()
        encoded = {
            encoding: (path.parent / f"{path.name}{extension}").read_bytes()
            for encoding, extension in ENCODINGS.items()
            if (path.parent / f"{path.name}{extension}").is_file()
        }
        media_type = MEDIA_TYPES.get(path.suffix, "application/octet-stream")
        return cls(media_type, sha256(content).hexdigest()[:32], content, encoded)

    def accepted(self, accept_encoding: str) -> tuple[str | None, bytes]:
        """The smallest form that the client understands, and the name of its encoding."""
        accepted = accepted_encodings(accept_encoding)
        return next(((name, body) for name, body in self.encoded.items() if name in accepted), (None, self.content))


def accepted_encodings(accept_encoding: str) -> set[str]:
    """Those that `Accept-Encoding` names, without the refused ones (`;q=0`)."""
    parts = (part.strip().lower().partition(";") for part in accept_encoding.split(","))
    return {name.strip() for name, _, weight in parts if not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)}


def read_page(folder: Path) -> dict[str, PageFile]:
    """The files by their path on the gateway. Empty: the page is not built."""
    if not (folder / DOCUMENT.removeprefix("/")).is_file():
        return {}
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in ENCODINGS.values())
    return {f"/{path.relative_to(folder).as_posix()}": PageFile.read(path) for path in paths if path.name[0] != "."}
