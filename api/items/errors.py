"""Why an item, its result or its source is not available."""

from typing import ClassVar

from api.http.errors import NotAcceptable
from shared.errors import Conflict, InProgress, NotFound


class ItemNotFound(NotFound):
    """The job has no such item."""

    code = "item_not_found"


class NoItems(Conflict):
    """The other job has no items: its source has not been read yet, or could not be."""

    code = "no_items"


class VariantNotFound(NotFound):
    """The job makes fewer variants than that."""

    code = "variant_not_found"


class NotReady(InProgress):
    """The item is still pending."""

    code = "not_ready"


class NoResult(NotFound):
    """The item ended without a result."""

    code: ClassVar[str] = "no_result"


class ItemFailed(NoResult):
    """The item failed, so it has no result."""

    code = "item_failed"


class ItemSkipped(NoResult):
    """The item was skipped, so it has no result."""

    code = "item_skipped"


class ItemCanceled(NoResult):
    """The job was canceled before the item was processed."""

    code = "item_canceled"


class ItemExpired(NoResult):
    """The job's deadline passed before the item was processed."""

    code = "item_expired"


class NoPreview(NotFound):
    """The item was colorized before there were previews."""

    code = "no_preview"


class TypeNotAccepted(NotAcceptable):
    """The source is of a type that `Accept` does not allow, such as a TIFF for a browser."""

    code = "type_not_accepted"


class NoSource(NotFound):
    """The item was skipped, or could not be located in its archive."""

    code = "no_source"
