import struct
import zlib
from dataclasses import replace

import pytest
from PIL import ExifTags, Image, ImageCms, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from tests.worker.imaging.pictures import (
    EVERY_OPTION,
    OPTIONS,
    WITH_METADATA,
    composed,
    gentle_chroma,
    packed,
    reopened,
    scan,
    toned,
)
from worker.imaging.xmp import NOTICE

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GRAY = SRGB[:16] + b"GRAY" + SRGB[20:]
MARK = b"http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def exif() -> Image.Exif:
    block = Image.Exif()
    block[ExifTags.Base.ImageDescription] = "Harbor, 1911"
    block[ExifTags.Base.Artist] = "Anonymous"
    block[ExifTags.IFD.Exif] = {ExifTags.Base.DateTimeOriginal: "1911:05:03 12:00:00"}
    block[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: (59.0, 54.0, 30.0),
    }
    return block


def described(result: bytes) -> tuple[object, ...]:
    tags = reopened(result).getexif()
    return (
        tags.get(ExifTags.Base.ImageDescription),
        tags.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal),
        tags.get_ifd(ExifTags.IFD.GPSInfo).get(ExifTags.GPS.GPSLatitude),
    )


def result_of(picture: Image.Image, kind: str, **how) -> bytes:
    return composed(packed(picture, kind, **how), gentle_chroma())


@pytest.mark.parametrize("kind", WITH_METADATA)
def test_exif_is_kept_with_place_and_time(kind):
    assert described(result_of(scan(), kind, exif=exif().tobytes())) == (
        "Harbor, 1911",
        "1911:05:03 12:00:00",
        (59.0, 54.0, 30.0),
    )


@pytest.mark.parametrize("kind", WITH_METADATA)
@pytest.mark.parametrize("result_format", EVERY_OPTION)
def test_exif_survives_a_change_of_format(kind, result_format):
    source = packed(scan(), kind, exif=exif().tobytes())

    result = composed(source, gentle_chroma(), replace(OPTIONS, format=result_format))

    assert described(result) == ("Harbor, 1911", "1911:05:03 12:00:00", (59.0, 54.0, 30.0))


@pytest.mark.parametrize("kind", sorted({*WITH_METADATA} - {"TIFF"}))
def test_the_orientation_stays_a_tag(kind):
    block = exif()
    block[ExifTags.Base.Orientation] = 6

    result = reopened(result_of(scan(), kind, exif=block.tobytes()))

    assert result.getexif()[ExifTags.Base.Orientation] == 6
    assert result.size == (160, 120)


def test_a_tiff_is_written_upright_and_tagged_as_such():
    result = reopened(result_of(scan(), "TIFF", tiffinfo={274: 6}))

    assert result.size == (120, 160)
    assert b"\x12\x01\x03\x00\x01\x00\x00\x00\x01\x00" in result_of(scan(), "TIFF", tiffinfo={274: 6})


def test_the_gray_thumbnail_in_exif_is_unlinked():
    block = bytearray(exif().tobytes())
    assert block[6:8] in (b"II", b"MM")
    order = {b"II": "<", b"MM": ">"}[bytes(block[6:8])]
    (first,) = struct.unpack_from(f"{order}L", block, 10)
    (entries,) = struct.unpack_from(f"{order}H", block, 6 + first)
    link = 6 + first + 2 + 12 * entries
    struct.pack_into(f"{order}L", block, link, len(block) - 6)
    thumbnail_directory = struct.pack(f"{order}HHHLL", 1, 259, 3, 1, 6 << (16 if order == ">" else 0)) + bytes(4)

    result = result_of(scan(), "JPEG", exif=bytes(block) + thumbnail_directory)

    assert (
        reopened(packed(scan(), "JPEG", exif=bytes(block) + thumbnail_directory)).getexif().get_ifd(ExifTags.IFD.IFD1)
    )
    assert not reopened(result).getexif().get_ifd(ExifTags.IFD.IFD1)
    assert described(result)[0] == "Harbor, 1911"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP"])
def test_dots_per_inch_are_kept(kind):
    assert reopened(result_of(scan(), kind, dpi=(600, 300))).info["dpi"] == pytest.approx((600, 300), abs=0.05)


@pytest.mark.parametrize("kind", WITH_METADATA)
def test_an_rgb_profile_is_kept(kind):
    assert reopened(result_of(toned(scan()), kind, icc_profile=SRGB)).info["icc_profile"] == SRGB


@pytest.mark.parametrize("kind", sorted({*WITH_METADATA} - {"WEBP"}))
def test_a_gray_profile_is_dropped(kind):
    assert "icc_profile" not in reopened(result_of(scan(), kind, icc_profile=GRAY)).info


@pytest.mark.parametrize("kind", WITH_METADATA)
def test_the_result_names_the_ai_that_colorized_it(kind):
    result = result_of(scan(), kind)

    for statement in (MARK, b"Photochrom 1.2.3", b"shipped sha256:" + b"ab" * 32):
        assert statement in _xmp(result)


@pytest.mark.parametrize("kind", WITH_METADATA)
def test_a_sentence_says_that_the_colors_are_simulated(kind):
    """As the description where the archive has none, and beside the archive's description otherwise."""
    undescribed = _xmp(result_of(scan(), kind))
    described_by_archive = result_of(scan(), kind, exif=exif().tobytes())

    assert undescribed.count(NOTICE.encode()) == 2
    assert b"dc:description" in undescribed
    assert _xmp(described_by_archive).count(NOTICE.encode()) == 1
    assert b"dc:description" not in _xmp(described_by_archive)
    assert described(described_by_archive)[0] == "Harbor, 1911"


@pytest.mark.parametrize("kind", WITH_METADATA)
def test_existing_xmp_is_kept(kind):
    old = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:rights="City archive"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )
    how = {
        "PNG": {"pnginfo": _itxt("XML:com.adobe.xmp", old.decode())},
        "TIFF": {"tiffinfo": {700: old}},
    }.get(kind, {"xmp": old})

    packet = _xmp(result_of(scan(), kind, **how))

    assert b'dc:rights="City archive"' in packet
    assert MARK in packet


def _itxt(key: str, text: str) -> PngInfo:
    chunks = PngInfo()
    chunks.add_itxt(key, text)
    return chunks


def _xmp(result: bytes) -> bytes:
    picture = reopened(result)
    return bytes(picture.info.get("xmp") or picture.tag_v2[700])


def test_xmp_too_long_for_a_jpeg_is_replaced_by_the_statement():
    long_xmp = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:d="urn:d">'
        b"<d:text>" + b"x" * 65_200 + b"</d:text></rdf:Description></rdf:RDF>"
    )

    packet = _xmp(result_of(scan(), "JPEG", xmp=long_xmp))

    assert MARK in packet
    assert len(packet) < 2000


def test_a_jpeg_keeps_its_comment_and_captions_and_stays_progressive():
    captions = b"\xff\xed\x00\x1dPhotoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x00"
    assert len(captions) == 2 + 0x1D - 1
    captions += b"\0"

    result = reopened(result_of(scan(), "JPEG", comment=b"Box 12", extra=captions, progressive=True))

    assert result.info["comment"] == b"Box 12"
    assert ("APP13", captions[4:]) in result.applist
    assert b"dc:description" not in result.info["xmp"], "the captions describe the picture"
    assert result.info["progressive"]


def test_a_png_keeps_its_texts():
    chunks = PngInfo()
    chunks.add_text("Title", "Fish market")
    chunks.add_itxt("Author", "Åse Nyström")

    texts = reopened(result_of(scan(), "PNG", pnginfo=chunks)).text

    assert (texts["Title"], texts["Author"]) == ("Fish market", "Åse Nyström")


@pytest.mark.parametrize("compression", ["raw", "packbits", "tiff_lzw", "tiff_adobe_deflate"])
def test_a_tiff_keeps_its_compression_and_its_descriptive_tags(compression):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270], tags[315], tags[269] = "Market square", "Atelier Jaeger", "Box 12"
    tags[65000] = b"a private tag of nobody knows what"
    tags[282], tags[283], tags[296] = 600.0, 600.0, 2

    source = packed(scan(), "TIFF", compression=compression, tiffinfo=tags)
    source = source.replace(b"Atelier Jaeger", "Atelier Jäger".encode())
    result = reopened(composed(source, gentle_chroma()))

    assert result.info["compression"] == compression
    assert (result.tag_v2[270], result.tag_v2[269]) == ("Market square", "Box 12")
    assert result.tag_v2[315].encode("latin-1").decode() == "Atelier Jäger"
    assert (result.tag_v2[282], result.tag_v2[296]) == (600.0, 2)
    assert 65000 not in result.tag_v2


def test_a_compressed_tiff_keeps_exif_that_pillow_cannot_write():
    uncompressed = composed(packed(scan(), "JPEG", exif=exif().tobytes()), gentle_chroma(), _tiff())

    assert reopened(uncompressed).info["compression"] == "tiff_adobe_deflate"
    assert described(uncompressed)[1:] == ("1911:05:03 12:00:00", (59.0, 54.0, 30.0))


def _tiff():
    return replace(OPTIONS, format="tiff")


def test_broken_exif_is_dropped_and_the_picture_colorized():
    result = result_of(scan(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff and nonsense")

    assert "exif" not in reopened(result).info
    assert reopened(result).mode == "RGB"


def test_exif_that_pillow_cannot_parse_is_dropped_from_an_avif():
    chunk = struct.pack(">L", 8) + b"eXIf" + b"II*\0\xff\xff\xff\xff"
    chunk += struct.pack(">L", zlib.crc32(chunk[4:]))
    plain = packed(scan(), "PNG")

    result = composed(plain[:33] + chunk + plain[33:], gentle_chroma(), replace(OPTIONS, format="avif"))

    assert reopened(result).format == "AVIF"
    assert not reopened(result).getexif()
