"""The keys in the service's bucket. Each key of a job begins with its prefix: deleting the prefix deletes the job."""

KEY_BYTES = 1024


def job_prefix(job_id: str) -> str:
    return f"jobs/{job_id}/"


def source_key(job_id: str) -> str:
    """The source as it was received: a picture or an archive."""
    return f"jobs/{job_id}/source"


def file_key(job_id: str, number: int) -> str:
    """A further file of the form whose first one is the source."""
    return f"jobs/{job_id}/files/{number:04d}"


def pack_key(job_id: str, number: int) -> str:
    """Pictures from a compressed tar, one after another. The same tar gives the same packs, so no token is needed."""
    return f"jobs/{job_id}/packs/{number:05d}"


def listing_key(job_id: str, lease_token: str) -> str:
    """The frozen listing of a source. The key contains the lease token, so that no other expander writes to it."""
    return f"jobs/{job_id}/listing-{lease_token}.jsonl"


def upload_prefix(upload_id: str) -> str:
    return f"uploads/{upload_id}/"


def upload_key(upload_id: str) -> str:
    """An uploaded file. It stays here when a job claims it: nothing is copied."""
    return f"uploads/{upload_id}/source"


def result_key(job_id: str, index: int, variant: int, lease_token: str, extension: str) -> str:
    """One variant of a finished picture. The key contains the lease token, so that a worker that lost its lease cannot
    overwrite the winner's result.

    `extension` includes its dot (`.jpg`). Keys sort by item, for up to 10 million items, and by variant.
    """
    return f"jobs/{job_id}/results/{index:07d}-{variant}.{lease_token[:8]}{extension}"


def made_prefixes(job_id: str) -> tuple[str, str]:
    """Of its results and its previews: of what its workers made, as opposed to its source."""
    return f"jobs/{job_id}/results/", f"jobs/{job_id}/previews/"


def preview_key(job_id: str, index: int, kind: str, lease_token: str) -> str:
    """The preview of an item's source or result (`kind`). It contains the lease token, as the result's own key does."""
    return f"jobs/{job_id}/previews/{index:07d}-{kind}.{lease_token[:8]}.webp"


def is_plain_key(key: str) -> bool:
    """Whether servers, proxies and clients all read a key in the same way. S3 allows more, but some read `a/../b` as
    `b`, and some refuse control characters in a URL.
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        return False
    is_printable = all(character >= " " and character != "\x7f" for character in key)
    return 0 < size <= KEY_BYTES and is_printable and not {".", ".."} & set(key.split("/"))
