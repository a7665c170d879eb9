"""What results are called: the extension follows the content."""

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
    return member if extension.lower() in EXTENSIONS[media_type] else with_extension(member, extension_of(media_type))
