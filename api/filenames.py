"""What files are called when they are handed out: the extension follows the content, the header survives any name."""

from urllib.parse import quote

from shared.archives.names import split_extension, with_extension

EXTENSIONS = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "image/tiff": (".tif", ".tiff"),
    "image/webp": (".webp",),
    "image/bmp": (".bmp", ".dib"),
}


def extension_of(media_type: str) -> str:
    """The usual extension of a picture's format, with its dot."""
    return EXTENSIONS[media_type][0]


def result_member(member: str, media_type: str) -> str:
    """An item's path in `results.zip`: as it came, but with the extension of what came out if that is another."""
    _, extension = split_extension(member)
    return (
        member
        if extension.lower() in EXTENSIONS[media_type]
        else with_extension(member, extension_of(media_type))
    )


def content_disposition(filename: str) -> str:
    """An attachment's header (RFC 6266, RFC 8187): plain ASCII for old clients, the name itself for all others."""
    name = "".join(character if character.isprintable() else "_" for character in filename) or "unnamed"
    plain = name.encode("ascii", "replace").decode().replace("\\", "_").replace('"', "_").replace("%", "_")
    if plain == name:
        return f'attachment; filename="{name}"'
    encoded = quote(name.encode("utf-8", "replace"), safe="!#$&+-.^_`|~")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
