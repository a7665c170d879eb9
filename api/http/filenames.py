"""What files are called when they are handed out: the header survives any name."""

from urllib.parse import quote


def content_disposition(filename: str) -> str:
    """An attachment's header (RFC 6266, RFC 8187): plain ASCII for old clients, the name itself for all others."""
    name = "".join(character if character.isprintable() else "_" for character in filename) or "unnamed"
    plain = name.encode("ascii", "replace").decode().replace("\\", "_").replace('"', "_").replace("%", "_")
    if plain == name:
        return f'attachment; filename="{name}"'
    encoded = quote(name.encode("utf-8", "replace"), safe="!#$&+-.^_`|~")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
