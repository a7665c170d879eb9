"""What checks of archives share: the entries as the index of an archive gives them, in words."""

from collections import Counter
from collections.abc import Callable, Iterable

from shared.archives.entries import Entry
from shared.archives.errors import ArchiveError
from tests.shared.archives.making import Forged, forge_zip, index_zip

Index = Callable[[], list[Entry]]


def described(index: Index) -> str:
    """The names of the pictures, then the others by the reason for which they are skipped or fail."""
    try:
        entries = index()
    except ArchiveError as error:
        return f"the job fails: {error.code}"
    others = Counter(each.skip or each.error.code for each in entries if each.skip or each.error)  # type: ignore[union-attr]
    pictures = [each.name for each in entries if each.is_picture]
    return "; ".join([", ".join(pictures), *(f"{count} {reason}" for reason, count in sorted(others.items()))])


def zip_check(names: Iterable[bytes]) -> Callable[[], str]:
    """A check of a zip of pictures with these names, as they are stored, without the flag for UTF-8."""
    return lambda: described(lambda: index_zip(forge_zip(Forged(name, b"a picture", flags=0) for name in names)))
