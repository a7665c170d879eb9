"""How much composing costs beside decoding and encoding alone: `python -m benchmarks.compose`.

The plain loop decodes a gray scan and encodes a color picture that lies ready in memory: what no colorizer can go
below. Ours decodes the same scan, upsamples chroma along its edges, fits it to the gamut, and encodes with metadata.
Both take turns in one process, the best of each is compared, and the ratio is what counts.
"""

import argparse
import io
import time
from collections.abc import Callable

import numpy as np
from PIL import Image

from worker.imaging import ComposeOptions, Provenance, compose, decode
from worker.sandbox import DecoderPool

OPTIONS = ComposeOptions(Provenance("Photochrom benchmark", "none", "0" * 64))
SAVE: dict[str, dict[str, object]] = {
    "JPEG": {"quality": 90, "subsampling": "4:2:0"},
    "PNG": {},
    "TIFF": {"compression": "raw"},
}


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
    """The least seconds of each work, all taking turns."""
    seconds = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            seconds[name] = min(seconds[name], time.perf_counter() - started)
    return seconds


def compare(kind: str, gray: Image.Image, rounds: int, pool: DecoderPool) -> str:
    """One line of the report."""
    chroma = np.random.default_rng(2).normal(0, 20, (2, 56, 72)).astype(np.float32)
    source = io.BytesIO()
    gray.save(source, kind, **SAVE[kind])
    packed = source.getvalue()
    luma, _ = decode(packed)
    composed = io.BytesIO()
    compose(packed, luma, chroma, OPTIONS, composed)
    color = Image.open(composed).convert("RGB")

    def in_children() -> None:
        with pool.decode(packed) as picture:
            pool.compose(picture, chroma, OPTIONS)

    seconds = fastest(
        {
            "decode": lambda: np.asarray(Image.open(io.BytesIO(packed)).convert("L")),
            "encode": lambda: color.save(io.BytesIO(), kind, **SAVE[kind]),
            "our decode": lambda: decode(packed),
            "our compose": lambda: compose(packed, luma, chroma, OPTIONS, io.BytesIO()),
            "in children": in_children,
        },
        rounds,
    )
    plain = seconds["decode"] + seconds["encode"]
    ours = seconds["our decode"] + seconds["our compose"]
    cells = "".join(f"{value * 1000:12.0f}" for value in seconds.values())
    ratios = (seconds["our compose"] / plain, ours / plain, seconds["in children"] / plain)
    return f"{kind:5}{len(packed) / 1e6:6.1f}{cells}" + "".join(f"{ratio:12.2f}" for ratio in ratios)


def main() -> None:
    """Print one line per format: milliseconds, then ratios to plain decode + encode."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--formats", nargs="+", default=list(SAVE), choices=list(SAVE))
    arguments = parser.parse_args()
    gray = scan(arguments.megapixels)
    print(f"{gray.width} x {gray.height}; milliseconds, best of {arguments.rounds}; ratios to plain decode + encode")
    names = ("decode", "encode", "our decode", "our compose", "in children")
    print("        MB" + "".join(f"{name:>12}" for name in (*names, "compose", "both", "in children")))
    with DecoderPool(1) as pool:
        for kind in arguments.formats:
            print(compare(kind, gray, arguments.rounds, pool), flush=True)


if __name__ == "__main__":
    main()
