"""Object storage on S3, or on servers that speak its portable subset. `s3_clients.py` creates boto3's clients,
`s3_errors.py` translates their exceptions.

The clients block, so every call runs in a thread. No more calls run at once than there are connections.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Callable
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from botocore import exceptions as boto

from shared.settings import StorageSettings
from shared.storage.errors import ObjectChanged, ObjectTooShort, StorageUnavailable
from shared.storage.multipart import store_stream
from shared.storage.protocol import CHUNK_BYTES, PART_BYTES, BegunParts, ObjectInfo, Stored
from shared.storage.s3_clients import S3Clients
from shared.storage.s3_errors import BROKEN_CONNECTION, require_field, status_of, translated

if TYPE_CHECKING:
    from botocore.response import StreamingBody

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 32
_DELETES_AT_ONCE = 8
_BODY_ATTEMPTS = 4


class S3Storage:
    """The `ObjectStorage` of every process. Create it once, at the start: boto3 takes a second to load its S3 model.

    By default a canceled call is still waited for, so that what it stored can be removed. With `abandon_on_cancel` it
    continues in its thread, and nothing waits for it: a storage that hangs must not keep a process from ending.
    """

    def __init__(self, settings: StorageSettings, *, threads: int = THREADS, abandon_on_cancel: bool = False) -> None:
        self._bucket = settings.bucket
        self._region = settings.region
        self._limiter = CapacityLimiter(threads)
        self._abandon_on_cancel = abandon_on_cancel
        self._clients = S3Clients.connect(settings, connections=threads)
        self._client = self._clients.default

    def in_bucket(self, bucket: str) -> "S3Storage":
        other = copy(self)
        other._bucket = bucket
        return other

    def close(self) -> None:
        """Close the connections. No other method may be called afterwards."""
        self._clients.close()

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        put_object = partial(self._client.put_object, Body=body, ContentType=media_type)
        require_field("ETag", await self._call(key, put_object, Bucket=self._bucket, Key=key))

    async def put_stream(
        self,
        key: str,
        chunks: AsyncIterable[bytes],
        media_type: str,
        part_bytes: int = PART_BYTES,
        *,
        sole_writer: bool = True,
    ) -> Stored:
        return await store_stream(self, key, chunks, media_type, part_bytes, sole_writer=sole_writer)

    async def begin_parts(self, key: str, media_type: str) -> str:
        begin = self._client.create_multipart_upload
        begun = await self._call(key, begin, Bucket=self._bucket, Key=key, ContentType=media_type)
        require_field("UploadId", begun)
        return begun["UploadId"]

    async def put_part(self, key: str, upload: str, number: int, body: bytes) -> str:
        where = {"Bucket": self._bucket, "Key": key, "UploadId": upload}
        part = await self._call(key, partial(self._client.upload_part, PartNumber=number, Body=body), **where)
        require_field("ETag", part)
        return part["ETag"]

    async def complete_parts(self, key: str, upload: str, etags: list[str], size: int) -> None:
        await self._call(key, self._complete, key, upload, etags, size)

    def _complete(self, key: str, upload: str, etags: list[str], size: int) -> None:
        parts: Any = {"Parts": [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]}
        try:
            completed = self._clients.patient.complete_multipart_upload(
                Bucket=self._bucket, Key=key, UploadId=upload, MultipartUpload=parts
            )
        except self._clients.patient.exceptions.NoSuchUpload:
            # The first attempt may have succeeded and only its response been lost.
            if self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"] != size:
                raise
        else:
            require_field("ETag", completed)

    async def abort_parts(self, key: str, upload: str) -> None:
        abort = self._client.abort_multipart_upload
        await self._call(key, abort, Bucket=self._bucket, Key=key, UploadId=upload)

    async def list_begun_parts(self, prefix: str) -> AsyncGenerator[BegunParts, None]:
        more: dict[str, str] = {}
        while True:
            listing = partial(self._client.list_multipart_uploads, Bucket=self._bucket, Prefix=prefix)
            page = await self._call(prefix, listing, **more)
            require_field("IsTruncated", page)
            for item in page.get("Uploads", []):
                yield BegunParts(item["Key"], item["UploadId"], item["Initiated"])
            if not page["IsTruncated"]:
                return
            more = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    async def get(self, key: str) -> bytes:
        return await self._call(key, self._read, key, 0, None)

    async def get_range(self, key: str, offset: int, length: int, etag: str | None = None) -> bytes:
        return await self._call(key, self._read, key, offset, length, etag) if length else b""

    def _read(self, key: str, offset: int, length: int | None, etag: str | None = None) -> bytes:
        attempts = 0
        while True:
            body, _, _ = self._open(key, offset, length, etag)
            try:
                return body.read()
            except BROKEN_CONNECTION:
                # The client does not retry reading the body.
                attempts += 1
                if attempts == _BODY_ATTEMPTS:
                    raise
            finally:
                body.close()

    async def open_range(
        self, key: str, offset: int = 0, length: int | None = None, etag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        attempts = 0
        end = None if length is None else offset + length
        while end is None or offset < end:
            left = None if end is None else end - offset
            body, size, etag = await self._call(key, self._open, key, offset, left, etag)
            end = offset + size
            try:
                while chunk := await self._call(key, body.read, CHUNK_BYTES):
                    offset += len(chunk)
                    yield chunk
            except StorageUnavailable:
                attempts += 1
                if attempts == _BODY_ATTEMPTS:
                    raise
            finally:
                body.close()

    def _open(
        self, key: str, offset: int, length: int | None, etag: str | None = None
    ) -> tuple["StreamingBody", int, str]:
        """A body, its length, and the object's ETag. Raises ObjectChanged if that is not the given `etag`.

        Some servers ignore `If-Match` in a GET, so the ETag of the response is compared, too.
        """
        headers: dict[str, str] = {}
        if offset or length is not None:
            headers["Range"] = f"bytes={offset}-{'' if length is None else offset + length - 1}"
        if etag is not None:
            headers["IfMatch"] = f'"{etag}"'
        response = self._client.get_object(Bucket=self._bucket, Key=key, **headers)  # type: ignore[arg-type]
        size, version = response["ContentLength"], response.get("ETag", "").strip('"')
        if not version or etag not in (None, version) or length not in (None, size):
            response["Body"].close()
            require_field("ETag", response)
            if etag not in (None, version):
                raise ObjectChanged("The object was replaced.")
            raise ObjectTooShort(f"The range has {size} bytes instead of {length}.")
        return response["Body"], size, version

    async def head(self, key: str) -> ObjectInfo:
        head = await self._call(key, self._client.head_object, Bucket=self._bucket, Key=key)
        require_field("ETag", head)
        return ObjectInfo(key, head["ContentLength"], head["ETag"].strip('"'))

    async def delete(self, key: str) -> None:
        await self._call(key, self._client.delete_object, Bucket=self._bucket, Key=key)

    async def list_prefix(self, prefix: str) -> AsyncGenerator[ObjectInfo, None]:
        more: dict[str, str] = {}
        while True:
            listing = partial(self._client.list_objects_v2, Bucket=self._bucket, Prefix=prefix)
            page = await self._call(prefix, listing, **more)
            require_field("IsTruncated", page)
            for item in page.get("Contents", []):
                yield ObjectInfo(item["Key"], item["Size"], item["ETag"].strip('"'), item["LastModified"])
            if not page["IsTruncated"]:
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    async def delete_some(self, prefix: str) -> int:
        return await self._call(prefix, self._delete_page, prefix)

    async def delete_prefix(self, prefix: str) -> int:
        deleted = 0
        while page := await self.delete_some(prefix):
            deleted += page
        return deleted

    def _delete_page(self, prefix: str) -> int:
        """One request per object: not every server can delete several at once."""
        page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix)
        require_field("IsTruncated", page)
        listed = page.get("Contents", [])
        with ThreadPoolExecutor(_DELETES_AT_ONCE) as pool:
            for _ in pool.map(lambda item: self._client.delete_object(Bucket=self._bucket, Key=item["Key"]), listed):
                pass
        return len(listed)

    async def ensure_bucket(self) -> None:
        await self._call("", self._ensure_bucket)

    def _ensure_bucket(self) -> None:
        # us-east-1 is the only region that must not be named.
        elsewhere: Any = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        try:
            self._client.head_bucket(Bucket=self._bucket)
        except boto.ClientError as error:
            if status_of(error) != HTTPStatus.NOT_FOUND:
                raise
            self._client.create_bucket(Bucket=self._bucket, **({} if self._region == "us-east-1" else elsewhere))

    def presign_get(self, key: str, expires_seconds: int, filename: str, media_type: str) -> str:
        return self._clients.public.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ResponseContentType": media_type,
                "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
            },
            ExpiresIn=expires_seconds,
        )

    def presign_part(self, key: str, upload: str, number: int, length: int, expires_seconds: int) -> str:
        where = {"Bucket": self._bucket, "Key": key, "UploadId": upload, "PartNumber": number, "ContentLength": length}
        return self._clients.public.generate_presigned_url("upload_part", Params=where, ExpiresIn=expires_seconds)

    async def ping(self) -> None:
        await self._call("", self._clients.probe.head_bucket, Bucket=self._bucket)

    async def _call(self, key: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with translated(key):
            return await to_thread.run_sync(
                partial(function, *args, **kwargs), abandon_on_cancel=self._abandon_on_cancel, limiter=self._limiter
            )
