"""The rooms that must not import the table of formats repeat it correctly."""

import io
from typing import get_args

import pytest
from photochrom import options as client
from PIL import Image

from api.submission.docs import BODY_DESCRIPTION
from shared.archives.names import split_extension
from shared.archives.sniffing import PICTURES, sniff
from shared.jobs.options import ResultFormat
from shared.pictures import FORMATS as SHARED
from worker.imaging.formats import FORMATS, MEDIA_TYPES, format_by_signature

OFFERED = [row.option for row in FORMATS if row.offered]


def test_the_gateway_knows_the_formats_that_workers_read():
    assert {media_type: tuple(row) for media_type, row in SHARED.items()} == {
        row.media_type: (row.title, row.extensions) for row in FORMATS
    }
    assert set(MEDIA_TYPES.values()) == PICTURES
    assert all(row.title in BODY_DESCRIPTION for row in SHARED.values())


def test_the_option_offers_the_formats_that_workers_write():
    assert [*ResultFormat] == ["same", *OFFERED]
    assert {row.option: row.has_quality for row in FORMATS if row.offered} == {
        form: form.has_quality for form in ResultFormat if form != "same"
    }


def test_the_client_offers_the_formats_that_the_service_writes():
    assert get_args(client.Format) == ("same", *OFFERED)


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.title)
def test_gateway_and_workers_recognize_a_format_by_the_same_bytes(row):
    content = io.BytesIO()
    Image.new("L", (70, 50), 7).save(content, row.name)

    assert sniff(content.getvalue()[:512]) == row.media_type
    assert format_by_signature(content.getvalue()) is row


@pytest.mark.parametrize(
    ("major", "compatible", "media_type"),
    [
        (b"avis", b"msf1", "image/avif"),
        (b"mif1", b"miafavif", "image/avif"),
        (b"mif1", b"miafheic", "image/heif"),
        (b"heic", b"mif1avif", "image/heic"),
    ],
)
def test_gateway_and_workers_distinguish_avif_from_heic(major, compatible, media_type):
    box = b"ftyp" + major + bytes(4) + compatible
    content = (4 + len(box)).to_bytes(4) + box + b"\0\0\0\x08avif"

    recognized = [row.media_type for row in FORMATS if row.matches(content)]

    assert sniff(content) == media_type
    assert recognized == ([media_type] if media_type in PICTURES else [])


@pytest.mark.parametrize("extension", [extension for row in FORMATS for extension in row.extensions])
def test_archives_know_every_extension(extension):
    assert split_extension(f"a{extension}") == ("a", extension)
