"""Where things lie in the bucket. Every key of a job begins with its prefix, so deleting the prefix deletes the job."""

KEY_BYTES = 1024


def job_prefix(job_id: str) -> str:
    return f"jobs/{job_id}/"


def source_key(job_id: str) -> str:
    """The bytes that came in, as they came: a picture or an archive."""
    return f"jobs/{job_id}/source"


def pack_key(job_id: str, number: int) -> str:
    """Pictures out of a compressed tar, one behind the other. The same tar gives the same packs: no token is needed."""
    return f"jobs/{job_id}/packs/{number:05d}"


def listing_key(job_id: str, lease_token: str) -> str:
    """What a source in somebody's bucket held. With the token of the lease under which it was listed: no other expander
    writes there.
    """
    return f"jobs/{job_id}/listing-{lease_token}.jsonl"


def upload_prefix(upload_id: str) -> str:
    return f"uploads/{upload_id}/"


def upload_key(upload_id: str) -> str:
    """A file that was uploaded part by part. It stays here when a job takes it: nothing is copied."""
    return f"uploads/{upload_id}/source"


def result_key(job_id: str, index: int, variant: int, lease_token: str, extension: str) -> str:
    """One variant of a finished picture. The lease's token is in it, so a worker that lost its lease cannot overwrite
    the winner.

    `extension` comes with its dot (`.jpg`). Keys sort in the order of the items, up to 10 million, and their variants.
    """
    return f"jobs/{job_id}/results/{index:07d}-{variant}.{lease_token[:8]}{extension}"


def is_plain_key(key: str) -> bool:
    """Whether every server, proxy and client on the way takes this key of somebody else's for the same object. S3
    allows more, but `a/../b` is `b` to some, and what has a control character in it is no URL to others.
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        return False
    is_printed = all(character >= " " and character != "\x7f" for character in key)
    return 0 < size <= KEY_BYTES and is_printed and not {".", ".."} & set(key.split("/"))
