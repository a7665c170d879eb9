"""What tests/cases does not hold: TIFF against Pillow, kind by kind, and what nonsense costs."""

import contextlib
import io
import resource
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.cases.tiff_files import SHORT, page, tiff
from tests.worker.imaging.pictures import packed, scan, toned
from worker.imaging import PictureError, decode

GRAY = np.asarray(scan(157, 113))
RGB = np.asarray(toned(scan(157, 113)))
OPACITY = np.roll(GRAY, 9, axis=1)
KINDS = {
    "gray": (GRAY, {"photometric": "minisblack"}),
    "white": (GRAY, {"photometric": "miniswhite"}),
    "rgb": (RGB, {"photometric": "rgb"}),
    "planes": (np.moveaxis(RGB, -1, 0).copy(), {"photometric": "rgb", "planarconfig": "separate"}),
    "alpha": (np.dstack([RGB, OPACITY]), {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
    "premultiplied": (np.dstack([RGB, OPACITY]), {"photometric": "rgb", "extrasamples": ["assocalpha"]}),
    "unexplained": (np.dstack([RGB, OPACITY]), {"photometric": "rgb", "extrasamples": ["unspecified"]}),
    "gray alpha": (np.dstack([GRAY, OPACITY]), {"photometric": "minisblack", "extrasamples": ["unassalpha"]}),
    "inks": (np.dstack([RGB, OPACITY]), {"photometric": "separated"}),
}


def written(kind: str, **how: object) -> bytes:
    pixels, meaning = KINDS[kind]
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, metadata=None, **meaning, **how)
    return out.getvalue()


@pytest.mark.parametrize("shape", [{"rowsperstrip": 17}, {"tile": (64, 48)}], ids=["strips", "tiles"])
@pytest.mark.parametrize(
    "compression",
    [
        {},
        {"compression": "lzw"},
        {"compression": "lzw", "predictor": 2},
        {"compression": "zlib"},
        {"compression": "zlib", "predictor": 2},
        {"compression": "packbits"},
    ],
    ids=lambda how: "-".join(map(str, how.values())) or "raw",
)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", KINDS)
def test_luma_is_what_pillow_makes_of_it(kind, order, compression, shape):
    source = written(kind, byteorder=order, **compression, **shape)

    assert np.array_equal(decode(source)[0], np.asarray(Image.open(io.BytesIO(source)).convert("L")))


def test_big_tiff_is_read():
    assert np.array_equal(decode(written("gray", bigtiff=True, compression="lzw"))[0], GRAY)


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 7])
def test_fewer_bits_are_spread_over_all_codes(bits):
    codes = GRAY >> (8 - bits)
    packed_bits = np.packbits(np.unpackbits(codes[..., None], axis=2)[..., 8 - bits :].reshape(len(codes), -1), axis=1)
    plain = page(GRAY, t258=(SHORT, [bits]))

    luma, _ = decode(tiff(type(plain)(tags=plain.tags, strips=[packed_bits.tobytes()])))

    assert np.array_equal(luma, np.rint(codes * (255 / ((1 << bits) - 1))))


def test_a_copy_without_a_flag_is_known_by_its_pixels_only():
    small = scan(157, 113).reduce(2)
    mirrored = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)

    assert decode(tiff(page(GRAY), page(np.asarray(small))))[1].width == 157
    with pytest.raises(PictureError, match="multipage_image"):
        decode(tiff(page(GRAY), page(np.asarray(mirrored))))
    with pytest.raises(PictureError, match="multipage_image"):
        decode(tiff(page(np.full_like(GRAY, 200)), page(np.full_like(GRAY[::2, ::2], 200))))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg"])
def test_cut_off_pixels_are_never_made_up(compression):
    out = io.BytesIO()
    scan().save(out, "TIFF", compression=compression)
    source = out.getvalue()
    at, length = _strip(source)
    cut = source[:at] + bytes(length // 2) + source[at + length :] if compression == "raw" else source

    with pytest.raises(PictureError, match="corrupt_image"):
        decode(cut[: at + length // 2])


def _strip(source: bytes) -> tuple[int, int]:
    tags = Image.open(io.BytesIO(source)).tag_v2
    return tags[273][-1], tags[279][-1]


def test_other_formats_do_not_load_tifffile():
    script = (
        "import sys; from worker.imaging import decode; decode(sys.stdin.buffer.read()); "
        "sys.exit('tifffile' in sys.modules or 'imagecodecs' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], input=packed(scan(), "PNG"), check=False).returncode == 0


def test_damage_costs_little_and_raises_picture_errors_only():
    rng = np.random.default_rng(0)
    sources = [written(kind, compression=name) for kind in KINDS for name in (None, "lzw", "zlib", "packbits")]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for source in sources:
        for _ in range(10):
            damaged = bytearray(source)
            (first,) = np.frombuffer(source, "<u4", 1, 4)
            for at in first + rng.integers(0, 200, 3):
                damaged[min(at, len(damaged) - 1)] = rng.integers(0, 256)
            with contextlib.suppress(PictureError):
                decode(bytes(damaged))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 << 10
