"""The names of results: the extension matches the content."""

import unicodedata

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


def is_renamed(name: str, member: str) -> bool:
    """Whether a user who looks for `name` would not find its result under `member`.

    The extension does not count, because it follows the result's format, and neither does how folders are separated.
    """
    parts = (part for part in name.replace("\\", "/").split("/") if part not in ("", "."))
    expected = unicodedata.normalize("NFC", "/".join(parts))
    return split_extension(expected)[0] != split_extension(member)[0]
