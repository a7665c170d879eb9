"""What can be wrong with a listing as a whole, and with one object that it names. The codes are stable."""

from shared.archives.errors import EntryError
from shared.errors import Invalid


class ListingError(Invalid):
    """What the source names cannot be listed; the job fails with this code."""

    code = "listing_invalid"


class ManifestInvalid(ListingError):
    """The manifest cannot be meant as it stands. The detail names the line."""

    code = "manifest_invalid"


class ManifestMissing(ListingError):
    """There is no such object in the bucket."""

    code = "manifest_missing"


class TooManyEntries(ListingError):
    """More objects, or more bytes, than one job may have."""

    code = "too_many_entries"


class BucketRefused(ListingError):
    """The bucket may be used, but its storage does not let us read it."""

    code = "bucket_refused"


class BucketUnavailable(ListingError):
    """The bucket lies on a server that is none of ours, and that does not answer."""

    code = "bucket_unavailable"


class SourceMissing(EntryError):
    """The object that the listing names is not there (any more)."""

    code = "source_missing"


class SourceChanged(EntryError):
    """The object is not the one that was listed: it was replaced since."""

    code = "source_changed"


class SourceRefused(EntryError):
    """The storage does not let us read the object, or its bucket is not allowed any more."""

    code = "source_refused"


class SourceUnavailable(EntryError):
    """The storage that the object lies in does not answer."""

    code = "source_unavailable"


class UnsupportedKey(EntryError):
    """A key that servers and proxies would understand in different ways."""

    code = "unsupported_key"
