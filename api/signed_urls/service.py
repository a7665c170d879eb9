"""Signing the URL of a download."""

import re
from datetime import timedelta

from api.access.signing import Signer
from api.dependencies import Gateway
from api.jobs.service import find_kept_job
from api.signed_urls.errors import NotSignable
from api.signed_urls.schemas import SignedUrl, SignedUrlRequest
from shared.clock import utc_now

_DOWNLOADS = re.compile(
    r"/v1/jobs/([^/]{1,64})/(?:results\.zip|report\.jsonl|report\.csv|items/[0-9]{1,10}/(?:result|source))"
)


async def sign(gateway: Gateway, signer: Signer, request: SignedUrlRequest, base_url: str) -> SignedUrl:
    """Raises NotSignable, and what finding the job does: nobody can sign for a job that they cannot see."""
    path, _, query = request.path.partition("?")
    match = _DOWNLOADS.fullmatch(path)
    if match is None:
        raise NotSignable(
            f"{path!r} cannot be signed. Sign a result, a source, results.zip, report.jsonl or report.csv."
        )
    await find_kept_job(gateway, match[1])
    expires_at = utc_now().replace(microsecond=0) + timedelta(seconds=request.seconds)
    signed = signer.sign(path, query, gateway.caller.key, int(expires_at.timestamp()))
    return SignedUrl(url=f"{base_url.rstrip('/')}{signed}", expires_at=expires_at)
