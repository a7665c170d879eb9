"""Where things lie in the bucket. Every key of a job begins with its prefix, so deleting the prefix deletes the job."""


def job_prefix(job_id: str) -> str:
    return f"jobs/{job_id}/"


def source_key(job_id: str) -> str:
    """The bytes that came in, as they came: a picture or an archive."""
    return f"jobs/{job_id}/source"


def pack_key(job_id: str, number: int) -> str:
    """Pictures out of a compressed tar, one behind the other. The same tar gives the same packs: no token is needed."""
    return f"jobs/{job_id}/packs/{number:05d}"


def result_key(job_id: str, index: int, lease_token: str, extension: str) -> str:
    """One finished picture. The lease's token is in it, so a worker that lost its lease cannot overwrite the winner.

    `extension` comes with its dot (`.jpg`). Keys sort in the order of the items, up to 10 million.
    """
    return f"jobs/{job_id}/results/{index:07d}.{lease_token[:8]}{extension}"
