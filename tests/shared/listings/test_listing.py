"""Listing the objects of a bucket, freezing the listing, and reading it again, on real servers."""

from collections.abc import AsyncGenerator, Iterable
from uuid import uuid4

import pytest

from shared.archives.entries import ArchiveLimits
from shared.documents import Failure
from shared.jobs.documents import ManifestFormat, ManifestSource, PrefixSource
from shared.listings.entries import ListedObject, classify, freeze, read_listing
from shared.listings.errors import (
    BucketRefused,
    BucketUnavailable,
    ManifestInvalid,
    ManifestMissing,
    SourceChanged,
    SourceMissing,
    SourceRefused,
    TooManyEntries,
)
from shared.listings.objects import read_object, stream_object
from shared.listings.sources import source_objects
from shared.storage.buckets import Buckets
from shared.storage.errors import BucketNotAllowed, StorageUnavailable
from shared.storage.opening import open_storage
from shared.storage.protocol import ObjectStorage
from tests.fixtures.ports import free_port
from tests.fixtures.storage import bucket_settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def theirs(any_storage: ObjectStorage) -> ObjectStorage:
    bucket = any_storage.in_bucket(f"theirs-{uuid4().hex}")
    await bucket.ensure_bucket()
    return bucket


@pytest.fixture
def buckets(any_storage: ObjectStorage, theirs: ObjectStorage) -> Buckets:
    return Buckets(any_storage, {"theirs": theirs}, same_server=frozenset({"theirs"}))


async def put(bucket: ObjectStorage, *keys: str) -> None:
    for key in keys:
        await bucket.put(key, key.encode(), "image/jpeg")


async def below(buckets: Buckets, prefix: str) -> list[ListedObject]:
    source = PrefixSource(bucket="theirs", prefix=prefix)
    return [listed async for listed in source_objects(buckets, source)]


async def named(buckets: Buckets, key: str = "list.csv", *, check: bool = True) -> list[ListedObject]:
    source = ManifestSource(bucket="theirs", key=key, format=ManifestFormat.CSV)
    return [listed async for listed in source_objects(buckets, source, check=check)]


async def test_names_begin_after_the_last_slash_of_the_prefix(buckets: Buckets, theirs: ObjectStorage) -> None:
    await put(theirs, "scans/1931/b.jpg", "scans/1931/a.jpg", "scans/1932/c.jpg", "scans/readme.txt", "other.jpg")

    listed = await below(buckets, "scans/1931/")
    assert [(each.name, each.key, each.size) for each in listed] == [
        ("a.jpg", "scans/1931/a.jpg", 16),
        ("b.jpg", "scans/1931/b.jpg", 16),
    ]
    assert [each.etag for each in listed] == [(await theirs.head(each.key)).etag for each in listed]
    assert [each.name for each in await below(buckets, "scans/19")] == ["1931/a.jpg", "1931/b.jpg", "1932/c.jpg"]
    assert [(each.name, each.skip) for each in await below(buckets, "")] == [
        ("other.jpg", None),
        ("scans/1931/a.jpg", None),
        ("scans/1931/b.jpg", None),
        ("scans/1932/c.jpg", None),
        ("scans/readme.txt", "not_an_image"),
    ]


async def test_a_manifest_lists_its_objects_in_order_including_missing_ones(
    buckets: Buckets, theirs: ObjectStorage
) -> None:
    await put(theirs, "b.jpg", "a.jpg")
    await theirs.put("list.csv", b"key,title\nb.jpg,B\ngone.jpg,G\nnotes.txt,N\na.jpg,A\n", "text/csv")

    listed = await named(buckets)

    assert [(each.name, each.size, each.skip, each.error and each.error.code) for each in listed] == [
        ("b.jpg", 5, None, None),
        ("gone.jpg", 0, None, "source_missing"),
        ("notes.txt", 0, "not_an_image", None),
        ("a.jpg", 5, None, None),
    ]
    assert [each.columns for each in listed] == [{"title": title} for title in "BGNA"]
    assert listed[0].etag == (await theirs.head("b.jpg")).etag
    assert [each.error for each in await named(buckets, check=False)] == [None] * 4


async def test_a_missing_or_malformed_manifest_is_refused(buckets: Buckets, theirs: ObjectStorage) -> None:
    await theirs.put("list.csv", b"a.jpg\n", "text/csv")

    with pytest.raises(ManifestMissing):
        await named(buckets, "gone.csv")
    with pytest.raises(ManifestInvalid, match="Line 1"):
        await named(buckets)


async def test_a_bucket_that_is_not_allowed_is_refused_whether_it_exists_or_not(any_storage: ObjectStorage) -> None:
    await any_storage.in_bucket("exists").ensure_bucket()
    reasons = set()
    for name in ("exists", "exists-not", "photochrom"):
        with pytest.raises(BucketNotAllowed) as refused:
            [_ async for _ in source_objects(Buckets(any_storage), PrefixSource(bucket=name, prefix=""))]
        reasons.add(refused.value.detail)

    assert len(reasons) == 1


async def test_an_allowed_bucket_that_does_not_exist_is_refused(any_storage: ObjectStorage) -> None:
    buckets = Buckets(any_storage, {"theirs": any_storage.in_bucket("exists-not")})

    with pytest.raises(BucketRefused):
        await below(buckets, "")


async def test_an_outage_fails_the_job_only_on_another_server(
    any_storage: ObjectStorage,
) -> None:
    with open_storage(bucket_settings(f"http://127.0.0.1:{free_port()}")) as away:
        with pytest.raises(BucketUnavailable):
            await below(Buckets(any_storage, {"theirs": away}), "")
        with pytest.raises(StorageUnavailable):
            await below(Buckets(any_storage, {"theirs": away}, same_server=frozenset({"theirs"})), "")


@pytest.mark.parametrize(
    ("key", "skip", "code"),
    [
        ("scans/a.jpg", None, None),
        ("scans/", "directory", None),
        ("scans/.hidden/a.jpg", "hidden_file", None),
        ("scans/inner.zip", "nested_archive", None),
        ("scans/../a.jpg", None, "unsupported_key"),
        ("scans/a\n.jpg", None, "unsupported_key"),
    ],
)
def test_objects_are_classified_like_entries_of_an_archive(key: str, skip: str | None, code: str | None) -> None:
    listed = classify(key, key, 1, "e")

    assert (listed.skip, listed.error and listed.error.code) == (skip, code)


def test_an_object_larger_than_any_picture_is_refused() -> None:
    listed = classify("a.tif", "a.tif", ArchiveLimits().max_entry_bytes + 1, "e")

    assert listed.error is not None
    assert listed.error.code == "entry_too_large"


async def listed(objects: Iterable[ListedObject]) -> AsyncGenerator[ListedObject, None]:
    for each in objects:
        yield each


OBJECTS = [
    ListedObject(name="a.jpg", key="scans/a.jpg", size=7, etag="e1"),
    ListedObject(name="ü \n.jpg", key="scans/ü \n.jpg", size=8, etag="e2", columns={"title": "Ä\x01", "note": ""}),
    ListedObject(name="b.txt", key="scans/b.txt", size=9, etag="e3", skip="not_an_image"),
    ListedObject(
        name="c.jpg",
        key="scans/c.jpg",
        columns={"year": "1931"},
        error=Failure(code="source_missing", detail="Gone."),
    ),
]


async def test_a_frozen_listing_is_read_back_in_order(any_storage: ObjectStorage) -> None:
    key = f"tests/{uuid4().hex}"

    listing = await freeze(any_storage, key, listed(OBJECTS))

    assert (listing.key, listing.entries, listing.columns) == (key, 4, ["title", "note", "year"])
    assert [each async for each in read_listing(any_storage, listing)] == OBJECTS


async def test_a_listing_may_be_empty(any_storage: ObjectStorage) -> None:
    listing = await freeze(any_storage, f"tests/{uuid4().hex}", listed([]))

    assert listing.entries == 0
    assert [each async for each in read_listing(any_storage, listing)] == []


async def test_a_listing_with_names_of_maximum_length_is_read_back(any_storage: ObjectStorage) -> None:
    long = ListedObject(name="\x01" * 1024, key="\x01" * 1024, size=1, etag="e" * 64, columns={"\x02": "\x01" * 2047})

    listing = await freeze(any_storage, f"tests/{uuid4().hex}", listed([long] * 300))

    assert [each async for each in read_listing(any_storage, listing)] == [long] * 300


@pytest.mark.parametrize("limits", [ArchiveLimits(max_entries=3), ArchiveLimits(max_total_bytes=20)])
async def test_a_listing_beyond_the_limits_is_refused_and_leaves_nothing(
    any_storage: ObjectStorage, limits: ArchiveLimits
) -> None:
    key = f"tests/{uuid4().hex}"

    with pytest.raises(TooManyEntries):
        await freeze(any_storage, key, listed(OBJECTS), limits)

    assert [info async for info in any_storage.list_prefix(key)] == []


async def test_an_object_is_read_in_its_listed_version_or_not_at_all(buckets: Buckets, theirs: ObjectStorage) -> None:
    await put(theirs, "a.jpg", "b.jpg", "c.jpg")
    same, changed, gone = [each.locator("theirs") for each in await below(buckets, "")]
    await theirs.put("b.jpg", b"other", "image/jpeg")
    await theirs.delete("c.jpg")

    assert await read_object(buckets, same) == b"a.jpg"
    assert [chunk async for chunk in stream_object(buckets, same)] == [b"a.jpg"]
    with pytest.raises(SourceChanged):
        await read_object(buckets, changed)
    with pytest.raises(SourceMissing):
        await anext(stream_object(buckets, gone))
    with pytest.raises(SourceRefused):
        await read_object(Buckets(buckets.primary), same)


def test_a_locator_names_the_bucket_unless_it_is_the_services() -> None:
    assert "bucket" not in OBJECTS[0].locator(None)
    assert OBJECTS[0].locator("theirs")["bucket"] == "theirs"
