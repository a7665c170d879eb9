"""Names of files in requests and in answers."""

from pathlib import PurePosixPath
from urllib.parse import quote

from shared.archives.names import cap_name


def base_name(name: str) -> str | None:
    """The last part of the name that a client gives its file, at most 1 KB; None if nothing is left."""
    return cap_name(PurePosixPath(name.replace("\\", "/")).name) or None


def content_disposition(filename: str) -> str:
    """An attachment's header (RFC 6266, RFC 8187): plain ASCII for old clients, the exact name for all others."""
    name = "".join(character if character.isprintable() else "_" for character in filename) or "unnamed"
    plain = name.encode("ascii", "replace").decode().replace("\\", "_").replace('"', "_").replace("%", "_")
    if plain == name:
        return f'attachment; filename="{name}"'
    encoded = quote(name.encode("utf-8", "replace"), safe="!#$&+-.^_`|~")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
