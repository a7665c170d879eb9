"""What the current version writes can be read by the one before, while the processes of both run side by side.

`schemas-COMMIT.json` are JSON schemas of that version's `Job` and `Chunk`, which ignore fields that they do not know:

    python -c 'import json; from shared.jobs.documents import Job; from shared.chunks.documents import Chunk
    print(json.dumps({"job": Job.model_json_schema(), "chunk": Chunk.model_json_schema()}, indent=1, sort_keys=True))'
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.chunks.documents import Item, Result, new_chunk, reopened, sum_results
from shared.clock import utc_now
from shared.documents import Failure, Lease
from shared.jobs.documents import Job, JobKind, Retirement, Source, Totals
from shared.jobs.options import Options
from shared.lifecycle import Counts, ItemState, JobState
from shared.queue import Queue

SCHEMAS = sorted(Path(__file__).parent.glob("schemas-*.json"))
NOW = utc_now()
LEASE = Lease(token="t", worker="host:1", expires_at=NOW)
SOURCE = Source(key="jobs/x/source", filename="x", media_type="application/zip", bytes=1, sha256="0" * 64)
RESULT = Result(
    key="jobs/x/results/0",
    bytes=1,
    sha256="0" * 64,
    crc32=0,
    width=1,
    height=1,
    media_type="image/jpeg",
    checkpoint="c",
)


@pytest.fixture(params=SCHEMAS, ids=lambda path: path.stem)
def schemas(request: pytest.FixtureRequest) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(request.param.read_bytes())
    return read


def job(**changes: object) -> Any:
    """As it is stored, with every new field in use."""
    terms = {"labels": ["a"], "deadline": NOW, "keep_seconds": 60, "expires_at": NOW, "checkpoint": "c" * 64}
    sealed = {"chunks": 1, "totals": Totals(items=1, bytes=1), "counts": Counts(expired=1), "lease": LEASE}
    fields = {
        "owner": "local",
        "kind": JobKind.BULK,
        "source": SOURCE,
        "options": Options(model="base"),
        "chunk_items": 4,
    }
    document = Job.model_validate({**fields, **terms, **sealed, "created_at": NOW, **changes})
    return json.loads(document.model_dump_json(by_alias=True))


@pytest.mark.parametrize("state", [state for state in JobState if state not in {"expiring", "expired", "deleted"}])
def test_a_job_in_a_state_of_then_is_readable(schemas: dict[str, Any], state: JobState) -> None:
    jsonschema.validate(job(state=state), schemas["job"])


def test_a_chunk_is_readable(schemas: dict[str, Any]) -> None:
    failure = Failure(code="truncated", detail="It ends early.")
    items = [
        Item(index=0, name="a", member="a", locator={}, state=ItemState.SUCCEEDED, results=[RESULT]),
        Item(index=1, name="b", member="b", locator={}, state=ItemState.FAILED, error=failure),
        Item(index=2, name="c", member="c", locator={}),
    ]
    chunk = new_chunk("job_a", 0, Queue.BULK, items).model_copy(update={"lease": LEASE, "sums": sum_results(items)})

    for each in (chunk, reopened(chunk, 2)):
        jsonschema.validate(json.loads(each.model_dump_json(by_alias=True)), schemas["chunk"])


def test_new_states_are_why_gateways_are_upgraded_last(schemas: dict[str, Any]) -> None:
    """Only jobs with a deadline or a retention get them, which only a newer gateway accepts."""
    retirement = Retirement(after=JobState.SUCCEEDED, completed_at=NOW + timedelta(days=1))
    for state in ("expiring", "expired", "deleted"):
        with pytest.raises(jsonschema.ValidationError, match=f"'{state}' is not one of"):
            jsonschema.validate(job(state=state, retirement=retirement), schemas["job"])
