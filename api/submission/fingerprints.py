"""What makes two submissions with the same Idempotency-Key the same: their content and their options.

The options are taken as the client states them, not as resolved: another default model must not make a repeated request
a different one.
"""

import hashlib

from api.sources.schemas import JobRequest
from shared.jobs.options import Options


def body_fingerprint(sha256: str, options: Options, *others: str) -> str:
    """`sha256` is that of the body, or of the first file of a form; `others` are those of its further files."""
    return hashlib.sha256("\n".join([sha256, *others, options.model_dump_json()]).encode()).hexdigest()


def source_fingerprint(job_request: JobRequest) -> str:
    """Of the parsed request, so that its spelling does not matter."""
    source, options = job_request.source.model_dump_json(), job_request.options.model_dump_json()
    return hashlib.sha256(f"{source}\n{options}".encode()).hexdigest()
