"""Where a result is written: under the name that `results.zip` has for it, and always below the chosen directory."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import UnsafeName

FORBIDDEN_CHARACTERS = "\0\\:" if os.name == "nt" else "\0"
EXTENSIONS = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/tiff": ("tif", "tiff"),
    "image/webp": ("webp",),
    "image/bmp": ("bmp", "dib"),
}
PICTURES = "jpg jpeg jpe jfif png apng webp bmp dib tif tiff gif jp2 jxl heic heif avif psd"
PICTURE_EXTENSIONS = frozenset(PICTURES.split())
"""What the service takes for an extension: `scan.1912` keeps its year."""


def result_name(member: str, media_type: str) -> str:
    """`member`, with the extension of what came out where that is another format."""
    usual = EXTENSIONS.get(media_type)
    stem, _, extension = member.rpartition(".")
    has_extension = bool(stem) and not stem.endswith("/") and extension.lower() in PICTURE_EXTENSIONS
    if usual is None or (has_extension and extension.lower() in usual):
        return member
    return f"{stem if has_extension else member}.{usual[0]}"


def result_path(directory: Path, member: str, media_type: str) -> Path:
    """Where the result belongs. Raise `UnsafeName` if that is not below `directory`, with links there followed."""
    parts = member.split("/")
    if any(part in {"", ".", ".."} for part in parts) or any(each in member for each in FORBIDDEN_CHARACTERS):
        raise UnsafeName(f"the name {member!r} does not stay inside the directory")
    try:
        os.fsencode(member)
        target = directory / result_name(member, media_type)
        leads_out = not target.parent.resolve().is_relative_to(directory.resolve())
    except (ValueError, RuntimeError, OSError) as error:
        raise UnsafeName(f"the name {member!r} cannot be used on this machine") from error
    if leads_out:
        raise UnsafeName(f"a link in {target.parent} leads out of the directory")
    return target
