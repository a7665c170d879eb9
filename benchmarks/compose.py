"""The cost of composing compared with decoding and encoding alone: `python -m benchmarks.compose`.

The baseline decodes a gray scan and encodes a color picture that is already in memory: no colorizer can be faster. Ours
decodes the same scan, upsamples chroma along its edges, fits it to the gamut, and encodes with metadata. Both alternate
in one process, and the best rounds are compared, by CPU time, so that other processes do not count.
"""

import argparse
import io
import sys
import time
from collections.abc import Callable

import numpy as np
from PIL import Image

from benchmarks.report import Row, conclude
from worker.imaging import ComposeOptions, Provenance, compose, decode

OPTIONS = ComposeOptions(Provenance("Photochrom benchmark", "none", "0" * 64))
SAVE: dict[str, dict[str, object]] = {
    "JPEG": {"quality": 90, "subsampling": "4:2:0"},
    "PNG": {},
    "TIFF": {"compression": "raw"},
}
MOST = 1.5


def scan(megapixels: float) -> Image.Image:
    """A gray picture, 4:3, with soft shapes, hard edges and film grain."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5) // 2 * 2
    width = height * 4 // 3
    rng = np.random.default_rng(1)
    shapes = Image.fromarray(rng.integers(20, 235, (24, 32), np.uint8))
    soft = np.asarray(shapes.resize((width, height), Image.Resampling.BICUBIC), np.float32)
    edges = np.asarray(shapes.resize((width, height), Image.Resampling.NEAREST), np.float32)
    grain = rng.normal(0, 6, (height, width)).astype(np.float32)
    return Image.fromarray(np.clip(0.6 * soft + 0.4 * edges + grain, 0, 255).astype(np.uint8))


def fastest(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least processor seconds of each work, all taking turns."""
    seconds = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            started = time.process_time()
            work()
            seconds[name] = min(seconds[name], time.process_time() - started)
    return seconds


def compare(kind: str, gray: Image.Image, rounds: int) -> Row:
    chroma = np.random.default_rng(2).normal(0, 20, (2, 56, 72)).astype(np.float32)
    source = io.BytesIO()
    gray.save(source, kind, **SAVE[kind])
    packed = source.getvalue()
    luma, _ = decode(packed)
    composed = io.BytesIO()
    compose(packed, luma, chroma, OPTIONS, composed)
    color = Image.open(composed).convert("RGB")
    seconds = fastest(
        {
            "decode": lambda: np.asarray(Image.open(io.BytesIO(packed)).convert("L")),
            "encode": lambda: color.save(io.BytesIO(), kind, **SAVE[kind]),
            "our decode": lambda: decode(packed),
            "our compose": lambda: compose(packed, luma, chroma, OPTIONS, io.BytesIO()),
        },
        rounds,
    )
    print(f"{kind}: " + ", ".join(f"{name} {spent * 1000:.0f} ms" for name, spent in seconds.items()), flush=True)
    plain = seconds["decode"] + seconds["encode"]
    whole = (seconds["our decode"] + seconds["our compose"]) / plain
    what = f"composing a {kind} of {gray.width * gray.height / 1e6:.0f} MP, against decoding and encoding"
    return Row.at_most(what, seconds["our compose"] / plain, MOST, "×", more=f"with our decoding {whole:.2f} ×")


def main() -> int:
    """One row per format."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compose", description=__doc__)
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--formats", nargs="+", default=list(SAVE), choices=list(SAVE))
    arguments = parser.parse_args()
    gray = scan(arguments.megapixels)
    return conclude([compare(kind, gray, arguments.rounds) for kind in arguments.formats])


if __name__ == "__main__":
    sys.exit(main())
