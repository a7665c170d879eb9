"""job.expand of archives whose names are in an encoding that they do not state."""

import base64
import gzip

import pytest

from shared.jobs.options import Options
from shared.lifecycle import Counts, ItemState
from tests.fixtures.worker import Workplace
from tests.shared.archives.making import END_OF_TAR, Forged, forge_zip, make_tar, tar_header

pytestmark = pytest.mark.anyio

NAMES = ["港.jpg", "写真表.jpg", "予/橋.jpg", "十/町.jpg"]
STORED = [name.encode("cp932") for name in NAMES]
ZIP = forge_zip(Forged(name, b"x", flags=0) for name in STORED)
TAR = b"".join(map(tar_header, STORED)) + END_OF_TAR


@pytest.mark.parametrize(
    ("archive", "media_type"),
    [(ZIP, "application/zip"), (TAR, "application/x-tar"), (gzip.compress(TAR), "application/gzip")],
    ids=["zip", "tar", "compressed"],
)
async def test_no_item_is_skipped_and_the_stored_names_are_kept(
    workplace: Workplace, archive: bytes, media_type: str
) -> None:
    job = await workplace.expanded(archive, media_type=media_type)

    items = await workplace.items(job)
    assert [item.state for item in items] == [ItemState.PENDING] * 4
    assert [(item.name, item.member) for item in items] == [(name, name) for name in NAMES]
    assert [base64.b64decode(item.name_bytes or "") for item in items] == STORED


async def test_the_option_decides_over_what_would_be_detected(workplace: Workplace) -> None:
    job = await workplace.expanded(ZIP, options=Options(model="base", name_encoding="cp437"))

    items = await workplace.items(job)
    assert items[0].name == STORED[0].decode("cp437")


async def test_what_follows_a_tar_is_an_item_that_is_skipped(workplace: Workplace) -> None:
    job = await workplace.expanded(make_tar([("a.jpg", b"x")]) + b"something else", media_type="application/x-tar")

    _, last = await workplace.items(job)
    assert (last.state, last.error and last.error.code) == (ItemState.SKIPPED, "trailing_data")
    assert job.current_counts() == Counts(pending=1, skipped=1)
