import base64

import pytest
from PIL import ExifTags, Image

from tests.worker.imaging.pictures import packed, scan
from worker.imaging import PictureError, decode
from worker.imaging.codecs import avif
from worker.imaging.formats import peak_bytes

# 16 × 16, written by libavif, which Pillow can do with 8 bits only.
TEN_BITS_GRAY = """
AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOltZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAAB
AAAAHmlsb2MAAAAARAAAAQABAAAAAQAAAQ0AAABsAAAAKGlpbmYAAAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGhpcHJwAAAASWlwY28A
AAAUaXNwZQAAAAAAAAAQAAAAEAAAAA5waXhpAAAAAAEKAAAADGF2MUOBAFwAAAAAE2NvbHJuY2x4AAIAAgACgAAAABdpcG1hAAAAAAAAAAEAAQQBAoME
AAAAdG1kYXQSAAoFGAz/+dQyYRAAbgSnbp1x/mTXaQsbKdEzdoo+zS0ANZGJ4RpO2sRF7pjBsaEmDgW89BA1CmbOABunp7ZJgBwfFnSMHDJmqgl9Cb/W
9UXByQr744wcxa2qtB9Bkhq9uZqn4SGX0PLb58A=
"""
TWELVE_BITS_COLOR = """
AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOttZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAAB
AAAAHmlsb2MAAAAARAAAAQABAAAAAQAAAQ8AAAAhAAAAKGlpbmYAAAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGppcHJwAAAAS2lwY28A
AAAUaXNwZQAAAAAAAAAQAAAAEAAAABBwaXhpAAAAAAMMDAwAAAAMYXYxQ4FAYAAAAAATY29scm5jbHgAAgACAAaAAAAAF2lwbWEAAAAAAAAAAQABBAEC
gwQAAAApbWRhdBIACglYDP/a0CAgaIAyEh2CYsTgABYQAHV7eHknIp8AWg==
"""


@pytest.mark.parametrize("source", [TEN_BITS_GRAY, TWELVE_BITS_COLOR], ids=["10 bits", "12 bits"])
def test_more_than_eight_bits_are_refused_although_pillow_reads_them_as_eight(source):
    with pytest.raises(PictureError, match="unsupported_bit_depth"):
        decode(base64.b64decode(source))


@pytest.mark.parametrize(
    ("damage", "by"),
    [(b"av1C", b"av1X"), (b"\0\0\0\x0cav1C", b"\0\0\0\x04av1C"), (b"\0\0\0\x0cav1C", b"\xff\0\0\0av1C")],
)
def test_an_avif_without_a_valid_depth_is_refused(damage, by):
    source = packed(scan(), "AVIF")
    assert damage in source

    with pytest.raises(PictureError, match="corrupt_image"):
        decode(source.replace(damage, by))


def test_boxes_are_read_up_to_a_limit():
    many = b"\0\0\0\x08free" * 100_000
    meta = (12 + len(many)).to_bytes(4) + b"meta" + bytes(4) + many

    assert len(list(avif._boxes(meta, 0, len(meta)))) <= 4096


def test_an_avif_with_exif_that_pillow_cannot_parse_is_refused():
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "Harbor, 1911"
    source = packed(scan(), "AVIF", exif=exif)
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    assert block in source

    with pytest.raises(PictureError, match="corrupt_image"):
        decode(source.replace(block, b"XX" + block[2:]))


@pytest.mark.parametrize("rest", [b"PK\x03\x04" + bytes(100), b"\xff" * 50, b"x"])
def test_trailing_bytes_of_an_avif_are_ignored(rest):
    assert decode(packed(scan(), "AVIF") + rest)[1].width == 160


@pytest.mark.parametrize("max_pixels", [1_000_000, avif.MOST_PIXELS, 200_000_000])
def test_decoder_processes_get_the_memory_that_the_encoder_needs(max_pixels):
    assert peak_bytes(max_pixels) >= avif.BYTES_PER_PIXEL * min(max_pixels, avif.MOST_PIXELS)
    assert peak_bytes(max_pixels) >= 16 * max_pixels
