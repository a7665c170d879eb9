"""What the metrics show of the items of a chunk, once their ends are recorded."""

from collections.abc import Iterable

from shared.chunks.documents import Item
from shared.metrics.worker import ITEMS, PICTURE_MEGAPIXELS, RESULT_BYTES, STAGE_SECONDS
from shared.queue import Queue


def measure_items(role: Queue, items: Iterable[Item]) -> None:
    """Count each item once: a recorded end is final for this run."""
    for item in items:
        ITEMS.labels(role.value, item.state.value, item.error.code if item.error else "").inc()
        for stage, milliseconds in (item.timings_ms or {}).items():
            STAGE_SECONDS.labels(role.value, stage).observe(milliseconds / 1000)
        if item.results:
            first = item.results[0]  # The variants have one size.
            PICTURE_MEGAPIXELS.labels(role.value).observe(first.width * first.height / 1e6)
            RESULT_BYTES.labels(role.value).inc(sum(result.bytes for result in item.results))
