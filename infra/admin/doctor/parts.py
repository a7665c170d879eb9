"""Parts of interrupted uploads, which take space in the storage and are no objects."""

from collections.abc import AsyncIterator

from infra.admin.doctor.findings import Finding, ok, warning
from shared.abandoned_parts import abandoned_parts, drop_parts
from shared.clock import utc_now
from shared.storage.errors import StorageRefused, StorageUnavailable
from shared.storage.protocol import ObjectStorage
from shared.stores import Stores


async def check_parts(stores: Stores, storage: ObjectStorage, *, repair: bool) -> AsyncIterator[Finding]:
    """Nothing if there are none. Raises StoreUnavailable."""
    try:
        abandoned = [parts async for parts in abandoned_parts(stores, storage, utc_now())]
        if abandoned:
            detail = f"{len(abandoned):,} uploads were interrupted more than a day ago, and have left parts."
            advice = "The reconciler drops them every few minutes, and so does --repair."
            yield warning("parts", detail, advice, [parts.key for parts in abandoned])
        if abandoned and repair:
            for parts in abandoned:
                await drop_parts(storage, parts)
            yield ok("repair", f"The parts of {len(abandoned):,} uploads were dropped.")
    except (StorageRefused, StorageUnavailable) as failure:
        detail = f"The parts of interrupted uploads cannot be listed: {failure.detail}"
        yield warning("parts", detail, "Set a lifecycle rule AbortIncompleteMultipartUpload in the storage.")
