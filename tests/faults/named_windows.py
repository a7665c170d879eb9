"""The named windows, and the assertion that holds for every run through a window."""

from tests.faults.score import Tally
from tests.faults.stories import LOUD_STORIES, QUIET_STORIES
from tests.faults.windows import Passage

STORIES = {story.name: story for story in (*QUIET_STORIES, *LOUD_STORIES)}
# Each with a story that always reaches it.
NAMED = {
    "submit, key reserved": ("archive", "gateway", "SubmissionStore.begin"),
    "submit, bytes stored": ("archive", "gateway", "S3Storage.put_stream"),
    "submit, chunk inserted": ("picture", "gateway", "ChunkStore.insert"),
    "submit, job inserted": ("archive", "gateway", "JobStore.insert"),
    "submit, sent": ("archive", "gateway", "TaskQueue.send"),
    "expand, leased": ("archive", "ingest", "Expansions.claim_expansion"),
    "expand, chunks inserted": ("archive", "ingest", "ChunkStore.insert"),
    "expand, sealed": ("archive", "ingest", "Expansions.seal"),
    "claim": ("archive", "bulk", "ChunkLeases.claim"),
    "put": ("archive", "bulk", "S3Storage.put"),
    "put, one of several": ("variants", "bulk", "S3Storage.put"),
    "record": ("archive", "bulk", "ChunkLeases.record"),
    "chunk end": ("picture", "interactive", "ChunkLeases.record"),
    "settle": ("archive", "bulk", "JobStore.settle"),
    "cancel": ("cancel", "gateway", "JobStore.cancel"),
    "retry": ("retry", "gateway", "JobStore.retry"),
    "retry, chunk opened": ("retry", "ingest", "ChunkStore.reopen"),
    "delete": ("delete", "gateway", "JobStore.delete"),
    "delete, objects": ("delete", "reconciler", "S3Storage.delete_some"),
    "delete, document": ("delete", "reconciler", "Removals.complete"),
    "lease expired": ("rescue", "reconciler", "ChunkLeases.release_expired"),
}


def assert_nothing_was_lost(passages: list[Passage], unreached: int = 0) -> None:
    missed = [str(passage.window) for passage in passages if not passage.reached]
    assert len(missed) <= unreached, missed
    total = sum((passage.tally for passage in passages), Tally())
    slowest = max(passages, key=lambda passage: passage.seconds)
    print(f"{len(passages)} windows, {total}; the slowest took {slowest.seconds:.1f} s: {slowest.window}")
    assert (total.lost, total.duplicated, total.unexpected, total.worker_lost) == (0, 0, 0, 0)
    assert total.ok == total.acknowledged
