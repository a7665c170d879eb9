"""The page has a sentence of its own, in each of its languages, for whatever the service reports by a code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from shared.archives.entries import Skip
from shared.archives.errors import ArchiveError, EntryError
from shared.errors import PhotochromError
from shared.jobs import waiting
from shared.listings.errors import ListingError
from shared.storage.errors import BucketNotAllowed
from worker.imaging.errors import CODES as PICTURE_CODES
from worker.models.registry import ModelUnavailable
from worker.sandbox.process import CODES as DECODER_CODES

REPOSITORY = Path(__file__).resolve().parents[2]
JOBS = REPOSITORY / "web" / "src" / "jobs"
# What fails a job or an item with its class's code: worker/expand/expand.py, worker/chunk.
RAISED = (ArchiveError, EntryError, ListingError, BucketNotAllowed, ModelUnavailable)


def test_every_code_of_a_failure_is_explained() -> None:
    explained = set(re.findall(r"^  (\w+): \(\) => \(\{ what:", (JOBS / "failures.ts").read_text(), re.MULTILINE))

    assert explained == codes_of_failures()


def test_every_reason_to_wait_is_explained() -> None:
    explained = set(re.findall(r'^  "([^"]+)": \(\) =>', (JOBS / "waiting.ts").read_text(), re.MULTILINE))

    assert explained == {waiting.QUEUE, waiting.TURN, waiting.SHARERS, *waiting.SERVERS.values()}


def codes_of_failures() -> set[str]:
    raised = {error.code for base in RAISED for error in (base, *_subclasses(base))}
    return raised | set(PICTURE_CODES) | set(DECODER_CODES) | set(get_args(Skip)) | set(_written_codes())


def _subclasses(error: type[PhotochromError]) -> Iterator[type[PhotochromError]]:
    for subclass in error.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _written_codes() -> Iterator[str]:
    """The literals in `Failure(code="…")`, and in the pipeline's `fail(work, "…", …)`."""
    for path in (*(REPOSITORY / "shared").rglob("*.py"), *(REPOSITORY / "worker").rglob("*.py")):
        if path.parent.name == "recolor":
            continue  # Its failures answer a request, and fail no picture of a job.
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            values = [k.value for k in call.keywords if k.arg == "code"] if name == "Failure" else []
            values += call.args[1:2] if name in ("fail", "_fail") else []
            yield from (v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str))
