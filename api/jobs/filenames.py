"""The names of the files that are downloaded from a job."""

import re
from pathlib import PurePosixPath

from shared.jobs.documents import Job

# Not all that follows a dot: a folder may be called `Album No. 3`.
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")


def file_stem(job: Job) -> str:
    """The name of its source without the extension; empty if it has none."""
    return _EXTENSION.sub("", PurePosixPath(job.source.filename or "").name)
