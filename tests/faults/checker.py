"""The promises that hold for every accepted job under any fault. Each promise is one function.

It examines the evidence gathered from outside (`evidence.py`) and yields a message for each way in which it is broken.
"""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator

from tests.faults.client import TERMINAL
from tests.faults.evidence import Document, Evidence, gather
from tests.faults.ledger import Event
from tests.faults.score import Tally
from tests.faults.stage import Stage
from tests.faults.trace import BEGIN, END, Call

ENDS = {"succeeded", "failed", "skipped", "canceled", "expired"}
# Of a result or a preview: the item's index, and the abbreviated token of the lease under which it was made.
MADE_KEY = re.compile(r"jobs/[^/]+/(?:results|previews)/(\d+)-(?:\d|source|result)\.([0-9a-f]{8})\.\w+")
# Within one run, a client never sees a state of a lower rank than the one before.
RANKS = {
    "queued": 0,
    "expanding": 0,
    "running": 1,
    "canceling": 2,
    "expiring": 2,
    **dict.fromkeys(TERMINAL, 3),
    "deleting": 4,
}

Promise = Callable[[Evidence], Iterator[str]]


def check(stage: Stage, tag: str) -> Tally:
    """Raises AssertionError with every broken promise and the file in which the evidence was saved."""
    evidence = gather(stage, tag)
    broken = [f"{promise.__name__}: {how}" for promise in PROMISES for how in promise(evidence)]
    counts = stage.score.tallies[tag] = tally(evidence)
    if broken:
        stage.score.broken.add(tag)
        kept = evidence.dump(stage.folder / "evidence")
        raise AssertionError("\n".join([f"{evidence.id} ({tag}), evidence in {kept}:", *broken]))
    stage.watcher.leave(evidence.id)
    return counts


def tally(evidence: Evidence) -> Tally:
    expected = Counter(enumerate(entry["name"] for entry in evidence.sent))
    recorded = Counter((item["index"], item["name"]) for item in evidence.items)
    pairs = zip(evidence.sent, evidence.items, strict=False)
    blamed = [entry for entry, item in pairs if item["error"] and item["error"]["code"] == "worker_lost"]
    if evidence.is_deleted or (evidence.job and evidence.job["items"] is None):
        recorded = expected  # Deleted on request, or canceled before it had items.
    return Tally(
        attempts=expected.total(),
        acknowledged=expected.total(),
        ok=(expected & recorded).total(),
        lost=(expected - recorded).total(),
        duplicated=sum(count - 1 for count in recorded.values()),
        unexpected=len(set(recorded) - set(expected)),
        worker_lost=sum(entry["code"] != "worker_lost" for entry in blamed),
    )


def acknowledged_job_exists(evidence: Evidence) -> Iterator[str]:
    if evidence.is_deleted:
        return
    if evidence.status != 200:
        yield f"the job was acknowledged, but the API responds with {evidence.status}"
    if evidence.document is None:
        yield "the job was acknowledged, but is not in the database"


def one_key_is_one_job(evidence: Evidence) -> Iterator[str]:
    ids = {event["job"] for event in evidence.acknowledged} | {job["_id"] for job in evidence.jobs_of_key}
    if len(ids) > 1:
        yield f"one Idempotency-Key created several jobs: {sorted(ids)}"


def job_has_ended(evidence: Evidence) -> Iterator[str]:
    if evidence.job and evidence.job["state"] not in TERMINAL:
        yield f"the job is still {evidence.job['state']}"


def items_match_submission(evidence: Evidence) -> Iterator[str]:
    counts = tally(evidence)
    if counts.lost or counts.duplicated or counts.unexpected:
        yield f"{counts}"


def items_have_expected_outcomes(evidence: Evidence) -> Iterator[str]:
    """Photographs succeed and broken ones fail with their code: no item fails because of an infrastructure fault."""
    for entry, item in zip(evidence.sent, evidence.items, strict=False):
        code = item["error"]["code"] if item["error"] else None
        if item["state"] not in ENDS:
            yield f"item {item['index']} is still {item['state']}"
        elif (item["state"], code) != (entry["state"], entry["code"]) and item["state"] != unstarted(evidence):
            yield f"item {item['index']} is {item['state']} ({code}), expected {entry['state']} ({entry['code']})"


def unstarted(evidence: Evidence) -> str | None:
    """The state of items that were not started, in a job that may have some."""
    if evidence.job and evidence.job["state"] == "canceled":
        return "canceled"
    return "expired" if evidence.job and evidence.job["deadline"] else None


def counts_equal_items(evidence: Evidence) -> Iterator[str]:
    if evidence.job is None or evidence.document is None or evidence.document["chunks"] is None:
        return
    items = Counter(item["state"] for item in evidence.items)
    shown = {name: count for name, count in evidence.job["counts"].items() if count}
    if shown != dict(items):
        yield f"the job counts {shown}, but its items are {dict(items)}"
    if evidence.document["counts"] != evidence.job["counts"]:
        yield f"the counts are {evidence.document['counts']} in the database, but {evidence.job['counts']} in the API"
    if len(evidence.chunks) != evidence.document["chunks"]:
        yield f"there are {len(evidence.chunks)} chunks, expected {evidence.document['chunks']}"
    for chunk in evidence.chunks:
        states = Counter(item["state"] for item in chunk["items"])
        if {name: count for name, count in chunk["counts"].items() if count} != dict(states):
            yield f"chunk {chunk['no']} counts {chunk['counts']}, but its items are {dict(states)}"


def progress_is_never_ahead(evidence: Evidence) -> Iterator[str]:
    """`progress` may lag behind the items when a process died between two writes. It never overtakes them."""
    if evidence.document is None or evidence.document["counts"] is None:
        return
    exact, progress = evidence.document["counts"], evidence.document["progress"]
    ahead = {name: progress[name] for name in ("succeeded", "failed", "skipped") if progress[name] > exact[name]}
    if ahead:
        yield f"progress counted {ahead}, but the final counts are {exact}"


def results_equal_undisturbed_run(evidence: Evidence) -> Iterator[str]:
    """Each succeeded item, and no other, has one object per variant, with the recorded size and hash and the expected
    bytes.
    """
    for entry, item in zip(evidence.sent, evidence.stored_items, strict=False):
        for result in item["results"]:
            stored = evidence.objects.get(result["key"])
            if stored != (result["sha256"], result["bytes"]):
                yield f"item {item['index']}: recorded {result['sha256']} ({result['bytes']} bytes), stored {stored}"
            elif evidence.results and stored[0] != evidence.results[entry["source"]][result["variant"] - 1]:
                yield f"item {item['index']} has other bytes than in an undisturbed run: {result['key']}"
        expected = evidence.variants if item["state"] == "succeeded" else 0
        if [result["variant"] for result in item["results"]] != list(range(1, expected + 1)):
            yield f"item {item['index']} is {item['state']}, but has the results {item['results']}"
    for index, sha256 in evidence.downloads.items():
        if sha256 != evidence.items[index]["result"]["sha256"]:
            yield f"the download of item {index} is not its result"


def every_object_has_an_owner(evidence: Evidence) -> Iterator[str]:
    """The source, packs, recorded results and previews; beside them only what a lost lease can have left."""
    recorded = {key for item in evidence.stored_items for key in keys_of(item)}
    yield from (f"{key} is recorded, but not stored" for key in sorted(recorded - set(evidence.objects)))
    winners = {match.groups() for key in recorded if (match := MADE_KEY.fullmatch(key))}
    tokens = tokens_by_chunk(evidence.calls)
    places = {item["index"]: chunk["no"] for chunk in evidence.chunks for item in chunk["items"]}
    for key in evidence.objects:
        name = key.removeprefix(f"jobs/{evidence.id}/")
        match = MADE_KEY.fullmatch(key)
        if name == "source" or name.startswith("packs/"):
            continue
        if match is None:
            yield f"{key} is nobody's"
        elif match[2] not in tokens.get(places.get(int(match[1]), -1), set()):
            yield f"{key} carries the token of no lease on its chunk" + " (recorded)" * (key in recorded)
        elif match.groups() in winners and key not in recorded:
            yield f"{key} lies beside what the same lease has recorded"


def keys_of(item: Document) -> list[str]:
    """The keys of all objects that were recorded for an item."""
    previews = item.get("previews") or {}
    return [made["key"] for made in (*item["results"], *previews.values())]


def tokens_by_chunk(calls: list[Call]) -> dict[int, set[str]]:
    """The abbreviated tokens with which each chunk was claimed."""
    tokens: dict[int, set[str]] = {}
    for call in calls:
        if call.method == "ChunkLeases.claim" and call.phase == BEGIN:
            _, no, token, *_ = call.words
            tokens.setdefault(no, set()).add(token[:8])
    return tokens


def each_result_has_one_writer(evidence: Evidence) -> Iterator[str]:
    writers: dict[str, set[int]] = {}
    for call in evidence.calls:
        if call.method == "S3Storage.put" and MADE_KEY.fullmatch(str(call.words[0])):
            writers.setdefault(call.words[0], set()).add(call.pid)
    yield from (f"{key} was written by {len(pids)} processes" for key, pids in writers.items() if len(pids) > 1)


def nothing_is_left_over(evidence: Evidence) -> Iterator[str]:
    if evidence.is_deleted:
        left = [*evidence.jobs_of_key, *evidence.chunks, *evidence.uploads]
        yield from (f"the job was deleted, but {document['_id']} is left" for document in left)
        yield from (f"the job was deleted, but {key} is left" for key in evidence.objects)
        return
    if evidence.document and evidence.document["lease"]:
        yield "the job is still leased"
    for chunk in evidence.chunks:
        if chunk["lease"] or not (chunk["state"] == "done" or unstarted(evidence)):
            yield f"chunk {chunk['no']} is still {chunk['state']}, with lease {chunk['lease']}"
    for upload in evidence.uploads:
        yield f"the upload's document is left: {upload}"


def client_view_never_goes_back(evidence: Evidence) -> Iterator[str]:
    """Versions, runs, states and counts only grow. A terminal state is final until a retry starts another run."""
    answers = [event for event in evidence.answers if event["status"] == 200]
    if evidence.job:
        answers.append(evidence.job | {"at": None})
    for before, after in itertools.pairwise(answers):
        yield from (f"{how}: {_shown(before)}, then {_shown(after)}" for how in _steps_back(before, after))
    for event in answers:
        counts = event["counts"]
        if event["items"] is not None and (sum(counts.values()) != event["items"] or min(counts.values()) < 0):
            yield f"the counts do not add up: {_shown(event)}"


def _steps_back(before: Event, after: Event) -> Iterator[str]:
    if after["version"] < before["version"]:
        yield "an older version"
    if after["version"] == before["version"] and _shown(after) != _shown(before):
        yield "different content with the same version"
    if after["run"] < before["run"]:
        yield "an older run"
    if after["run"] != before["run"]:
        return
    if RANKS[after["state"]] < RANKS[before["state"]]:
        yield "an earlier state"
    if before["state"] in TERMINAL and after["state"] not in (before["state"], "deleting"):
        yield "a different terminal state"
    if after["progress"] < before["progress"]:
        yield "less progress"
    for name in ("succeeded", "failed", "skipped"):
        if after["counts"][name] < before["counts"][name]:
            yield f"fewer {name}"


def _shown(event: Document) -> str:
    return " ".join(str(event[name]) for name in ("version", "run", "state", "progress", "counts"))


def acknowledged_after_insert(evidence: Evidence) -> Iterator[str]:
    written = [call.at for call in evidence.calls if call.method == "JobStore.insert" and call.phase == END]
    # A process that died before it could trace the end of its insert never acknowledged the job.
    begun = [call.at for call in evidence.calls if call.method == "JobStore.insert" and call.phase == BEGIN]
    first = evidence.acknowledged[0]["at"]
    if not any(at < first for at in (written or begun)):
        yield "the job was acknowledged before it was in the database"


def writes_precede_messages(evidence: Evidence) -> Iterator[str]:
    """A job is inserted before its message is sent, and sealed before the messages of its chunks are."""
    inserted = _first_done(evidence.calls, "JobStore.insert")
    sealed = _first_done(evidence.calls, "Expansions.seal")
    for call in evidence.calls:
        if call.method == "TaskQueue.send" and call.phase == BEGIN:
            task, queue = call.words[0], call.words[1]
            if call.at < inserted:
                yield f"{task} was sent before the job was inserted"
            if task == "chunk.colorize" and queue == "bulk" and call.at < sealed:
                yield "a chunk was sent before the job was sealed"


def _first_done(calls: list[Call], method: str) -> float:
    """When a call of that method first returned, or when it began if its process died during the call."""
    ended = [call.at for call in calls if call.method == method and call.phase == END and call.answer is not False]
    begun = [call.at for call in calls if call.method == method and call.phase == BEGIN]
    return min(begun if len(ended) < len(begun) else ended, default=0.0)


PROMISES: tuple[Promise, ...] = (
    acknowledged_job_exists,
    one_key_is_one_job,
    job_has_ended,
    items_match_submission,
    items_have_expected_outcomes,
    counts_equal_items,
    progress_is_never_ahead,
    results_equal_undisturbed_run,
    every_object_has_an_owner,
    each_result_has_one_writer,
    nothing_is_left_over,
    client_view_never_goes_back,
    acknowledged_after_insert,
    writes_precede_messages,
)
