"""H: files with a flaw that leaves every pixel readable, files with missing pixels, and rare kinds of JPEG."""

import base64
import zlib
from collections.abc import Callable

import imagecodecs
import numpy as np

from tests.cases.case import Case
from tests.cases.pictures import EXACT, GRAY, LUMA, check_of, result_of
from tests.hostile.jpegs import with_frame, with_scans, with_size
from tests.hostile.others import bmp
from tests.hostile.pngs import chunk, png
from tests.worker.imaging.pictures import packed, toned
from worker.imaging import PictureError, decode

NEAR = "colorized, 99.9 % of the lightness within 2"

# By `cjpeg -arithmetic` of libjpeg-turbo: the first 32 × 32 pixels of the scan. No Python library writes this kind.
ARITHMETIC = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+"
    "gXz/yQALCAAgACABAREA/8wABgAQEAX/2gAIAQEAAD8A/mIKvOOshEldyHjyZtcljADB8IRafx45PhhtWZfC1ZpKDAd5E5OoOAPwPPMnqZ5ff24yhi/N"
    "KPAgjfFYSXjJ+KGO/HKwNDFA/9k="
)


def near(source: bytes) -> str:
    """The error's code, or how close the result's lightness is to the source's."""
    try:
        luma, _ = decode(source)
        result = result_of(source)
    except PictureError as error:
        return error.code
    off = np.abs(np.asarray(result.convert("L"), np.int16) - luma) > 2
    return NEAR if off.mean() <= 0.001 else f"colorized, {off.mean():.1%} of the lightness off by more than 2"


def like_the_whole(whole: bytes, change: Callable[[bytes], bytes]) -> Callable[[], str]:
    """A check that the changed file is colorized with exactly the lightness of the whole one."""

    def check() -> str:
        try:
            luma, _ = decode(change(whole))
        except PictureError as error:
            return error.code
        return "colorized like the whole" if np.array_equal(luma, decode(whole)[0]) else "colorized, but differs"

    return check


def without_end(jpeg: bytes) -> bytes:
    return jpeg[:-2]


def with_wrong_checksum(kind: bytes, content: bytes) -> bytes:
    """The scan as a PNG with one more chunk, whose checksum is wrong."""
    whole, damaged = packed(GRAY, "PNG"), bytearray(chunk(kind, content))
    damaged[-1] ^= 1
    return whole[:33] + bytes(damaged) + whole[33:]


def png_of_too_few_rows() -> bytes:
    return png(160, 120, data=zlib.compress(b"".join(b"\0" + row.tobytes() for row in LUMA[:60])))


def bmp_of_skipped_rows() -> bytes:
    """Run lengths that skip 255 rows at a time: 1.3 KB that stand for 196 million pixels."""
    return bmp(14_000, 14_000, compression=1) + b"\0\2\xff\xff" * 60 + b"\0\1"


JPEG, PROGRESSIVE = packed(GRAY, "JPEG"), packed(toned(GRAY), "JPEG", progressive=True)
RESTARTING = packed(toned(GRAY), "JPEG", restart_marker_blocks=4)
WHOLE = "colorized like the whole"


def _row(name: str, situation: str, right: str, check: Callable[[], str]) -> Case:
    return Case(letter="H", name=name, situation=situation, right=right, check=check)


CASES = [
    _row("no_eoi.jpg", "Only the end marker is missing.", WHOLE, like_the_whole(JPEG, without_end)),
    _row("half_eoi.jpg", "Half of the end marker is missing.", WHOLE, like_the_whole(JPEG, lambda whole: whole[:-1])),
    _row("padded.jpg", "Zeros in place of the end.", WHOLE, like_the_whole(JPEG, lambda jpeg: jpeg[:-2] + bytes(4096))),
    _row("no_eoi_progressive.jpg", "As no_eoi, progressive.", WHOLE, like_the_whole(PROGRESSIVE, without_end)),
    _row("no_eoi_restarts.jpg", "As no_eoi, with restarts.", WHOLE, like_the_whole(RESTARTING, without_end)),
    _row("cut.jpg", "The last 40 bytes are missing.", "corrupt_image", check_of(lambda: JPEG[:-40])),
    _row("cut_and_ended.jpg", "As cut, with an end.", "corrupt_image", check_of(lambda: JPEG[:-40] + JPEG[-2:])),
    _row("cut_and_padded.jpg", "As cut, then zeros.", "corrupt_image", check_of(lambda: JPEG[:-40] + bytes(4096))),
    _row("cut_restarts.jpg", "As cut, with restarts.", "corrupt_image", check_of(lambda: RESTARTING[:-40])),
    _row(
        "cut_between_scans.jpg",
        "A progressive JPEG without its last scan, nor an end.",
        "corrupt_image",
        check_of(lambda: PROGRESSIVE[: PROGRESSIVE.rindex(b"\xff\xda")]),
    ),
    _row(
        "bad_anc_crc.png",
        "A text has a wrong checksum.",
        EXACT,
        check_of(lambda: with_wrong_checksum(b"tEXt", b"Comment\0x")),
    ),
    _row("bad_gama_crc.png", "gAMA has one.", EXACT, check_of(lambda: with_wrong_checksum(b"gAMA", b"\0\1\x86\xa0"))),
    _row(
        "bad_crc.png", "A palette has one.", "corrupt_image", check_of(lambda: with_wrong_checksum(b"PLTE", bytes(3)))
    ),
    _row("few_rows.png", "Its data ends in its middle.", "corrupt_image", check_of(png_of_too_few_rows)),
    _row("lossless_gray.jpg", "Lossless (SOF3).", NEAR, lambda: near(imagecodecs.jpeg8_encode(LUMA, lossless=True))),
    _row(
        "lossless_rgb.jpg",
        "Lossless (SOF3), in color.",
        NEAR,
        lambda: near(imagecodecs.jpeg8_encode(np.asarray(toned(GRAY)), lossless=True)),
    ),
    _row("arithmetic.jpg", "Arithmetic coding (SOF9).", NEAR, lambda: near(ARITHMETIC)),
    _row("hierarchical.jpg", "SOF5.", "unsupported_format", check_of(lambda: with_frame(JPEG, 0xC5))),
    _row(
        "lossless_arithmetic.jpg",
        "SOF11, which nothing decodes.",
        "unsupported_format",
        check_of(lambda: with_frame(JPEG, 0xCB)),
    ),
    _row(
        "twenty_thousand_scans.jpg",
        "Each visits every pixel, and takes 160 bytes.",
        "corrupt_image",
        check_of(lambda: with_scans(160, 120, 20_000)),
    ),
    _row(
        "no_data.jpg",
        "176 million pixels by its header.",
        "corrupt_image",
        check_of(lambda: with_size(JPEG, 65_000, 2_700)),
    ),
    _row("skipped_rows.bmp", bmp_of_skipped_rows.__doc__ or "", "corrupt_image", check_of(bmp_of_skipped_rows)),
]
