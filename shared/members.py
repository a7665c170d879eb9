"""The names of results: the extension matches the content."""

from shared.archives.names import split_extension, with_extension
from shared.pictures import FORMATS


def extension_of(media_type: str) -> str:
    """The usual extension of a picture format, with its dot."""
    return FORMATS[media_type].extensions[0]


def result_member(member: str, media_type: str) -> str:
    """A result's path in `results.zip`: that of its item, with the extension of the result's format if they differ."""
    _, extension = split_extension(member)
    if extension.lower() in FORMATS[media_type].extensions:
        return member
    return with_extension(member, extension_of(media_type))
