"""What makes two submissions with the same Idempotency-Key the same: their content, their options and their terms.

The options are taken as the client states them, not as resolved: another default model must not make a repeated request
a different one.
"""

import hashlib

from api.sources.schemas import JobRequest
from shared.jobs.options import Options
from shared.jobs.terms import Terms


def body_fingerprint(sha256: str, options: Options, terms: Terms, *others: str) -> str:
    """`sha256` is that of the body, or of the first file of a form; `others` are those of its further files."""
    return _digest([sha256, *others, options.model_dump_json()], terms)


def source_fingerprint(job_request: JobRequest) -> str:
    """Of the parsed request, so that its spelling does not matter."""
    source, options = job_request.source.model_dump_json(), job_request.options.model_dump_json()
    return _digest([source, options], job_request.terms)


def _digest(parts: list[str], terms: Terms) -> str:
    """Without terms, what it was before there were any: a repeated request may come after an upgrade."""
    return hashlib.sha256("\n".join([*parts, *filter(None, [terms.as_stated])]).encode()).hexdigest()
