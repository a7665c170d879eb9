"""What can be wrong with a listing as a whole, and with one of its objects. The codes are stable: clients read them."""

from shared.archives.errors import EntryError
from shared.errors import Invalid


class ListingError(Invalid):
    """The source cannot be listed; the job fails with this code."""

    code = "listing_invalid"


class ManifestInvalid(ListingError):
    """The manifest is malformed. The detail names the line."""

    code = "manifest_invalid"


class ManifestMissing(ListingError):
    """The bucket has no object with the manifest's key."""

    code = "manifest_missing"


class TooManyEntries(ListingError):
    """The source has more objects or bytes than one job may have."""

    code = "too_many_entries"


class BucketRefused(ListingError):
    """Jobs may read the bucket, but its storage denies the service access."""

    code = "bucket_refused"


class BucketUnavailable(ListingError):
    """The bucket is on another server, which does not respond."""

    code = "bucket_unavailable"


class ItemsMissing(ListingError):
    """The other job whose items it is to colorize does not have them any more."""

    code = "items_missing"


class SourceMissing(EntryError):
    """The listed object does not exist, or no longer."""

    code = "source_missing"


class SourceChanged(EntryError):
    """The object was replaced after it was listed."""

    code = "source_changed"


class SourceRefused(EntryError):
    """The storage denies access to the object, or jobs may no longer read its bucket."""

    code = "source_refused"


class SourceUnavailable(EntryError):
    """The storage of the object does not respond."""

    code = "source_unavailable"


class UnsupportedKey(EntryError):
    """A key that servers and proxies read in different ways."""

    code = "unsupported_key"
