"""What results are called: the extension follows the content."""

from shared.archives.names import split_extension, with_extension
from shared.pictures import FORMATS


def extension_of(media_type: str) -> str:
    """The usual extension of a picture's format, with its dot."""
    return FORMATS[media_type].extensions[0]


def result_member(member: str, media_type: str) -> str:
    """An item's path in `results.zip`: as it came, but with the extension of what came out if that is another."""
    _, extension = split_extension(member)
    if extension.lower() in FORMATS[media_type].extensions:
        return member
    return with_extension(member, extension_of(media_type))
