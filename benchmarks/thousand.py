"""`python -m benchmarks.thousand --photos FOLDER`: a bulk job of a thousand photographs, checked picture by picture.

Converts color photographs from a folder of pictures or tar shards to gray scans in mixed formats, sizes and nested
folders, adds junk, submits the zip to the running service (`make up`), and checks the results: paths, sizes, states,
counts, lightness, and whether colorful photographs are colorful again.
"""

import argparse
import io
import random
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from photochrom import Client, Item, Job
from PIL import Image

from benchmarks.archives import Entry, as_entry, mixed_zip
from worker.colorizer.color import lab_from_rgb

SEED = 1
COLORFUL = 15.0  # Mean chroma from which a photograph counts as colorful.
COLORED = 5.0  # Mean chroma from which a result counts as colored.
HUES = 12
# The largest difference of lightness in code values, and the share of pixels that must stay within it.
LIGHTNESS = {"png": (1, 1.0), "tif": (1, 1.0), "bmp": (1, 1.0), "webp": (1, 1.0), "jpg": (2, 0.999)}


@dataclass(frozen=True)
class Verdict:
    chroma: float
    hues: int
    keeps_lightness: bool


def color_photographs(folder: Path) -> Iterator[Image.Image]:
    """Every picture of a folder, including those in tars."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".tar":
            with tarfile.open(path) as shard:
                for member in shard:
                    content = shard.extractfile(member)
                    if content is not None and member.name.lower().endswith((".webp", ".jpg", ".png")):
                        yield Image.open(io.BytesIO(content.read())).convert("RGB")
        elif path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"):
            yield Image.open(path).convert("RGB")


def chroma_and_hues(picture: Image.Image) -> tuple[float, int]:
    """Mean Lab chroma, and how many of twelve hue sectors hold at least 3 % of all chroma."""
    lab = lab_from_rgb(np.asarray(picture.convert("RGB")))
    a, b = lab[..., 1], lab[..., 2]
    chroma = np.hypot(a, b)
    sectors = ((np.arctan2(b, a) + np.pi) / (2 * np.pi) * HUES).astype(int) % HUES
    weight = np.bincount(sectors.ravel(), chroma.ravel(), HUES)
    return float(chroma.mean()), int((weight > 0.03 * weight.sum()).sum())


def judge(entry: Entry, result: bytes) -> Verdict:
    source, colored = Image.open(io.BytesIO(entry.content)), Image.open(io.BytesIO(result))
    if source.size != colored.size:
        raise SystemExit(f"{entry.name}: {source.size} came back as {colored.size}")
    tolerance, share = LIGHTNESS[entry.name.rpartition(".")[2]]
    before, after = luma(source), luma(colored)
    kept = float((np.abs(before - after) <= tolerance).mean()) >= share
    return Verdict(*chroma_and_hues(colored), keeps_lightness=kept)


def luma(picture: Image.Image) -> NDArray[np.int16]:
    return np.asarray(picture.convert("L"), dtype=np.int16)


def gray_scans(folder: Path, count: int) -> tuple[list[Entry], list[tuple[float, int]]]:
    """Up to `count` entries, with the chroma and hues of their original photographs."""
    rng = random.Random(SEED)
    entries, truths = [], []
    for index, photograph in zip(range(count), color_photographs(folder), strict=False):
        truths.append(chroma_and_hues(photograph))
        entries.append(as_entry(photograph.convert("L"), index, rng))
    return entries, truths


def check_states(entries: list[Entry], items: list[Item], job: Job) -> None:
    """Raise SystemExit unless every entry has its expected state and the counts match."""
    for entry, item in zip(entries, items, strict=True):
        code = item.error.code if item.error else None
        if (entry.name, entry.state, entry.code) != (item.name, item.state, code):
            raise SystemExit(f"{entry.name}: {item.state} ({item.error}), expected {entry.state} ({entry.code})")
    states = Counter(item.state for item in items)
    if (job.counts.succeeded, job.counts.failed, job.counts.skipped) != (
        states["succeeded"],
        states["failed"],
        states["skipped"],
    ):
        raise SystemExit(f"the counts do not match the items: {job.counts}")


def report(verdicts: list[Verdict], truths: list[tuple[float, int]]) -> bool:
    pairs = [(verdict, hues) for verdict, (chroma, hues) in zip(verdicts, truths, strict=True) if chroma >= COLORFUL]
    colorful = [verdict for verdict, _ in pairs]
    colored = sum(verdict.chroma >= COLORED for verdict in colorful) / max(len(colorful), 1)
    kept = sum(verdict.keeps_lightness for verdict in verdicts)
    print(f"lightness kept: {kept} of {len(verdicts)}")
    print(f"colorful photographs: {len(colorful)}; mean chroma >= {COLORED:.0f} in {colored:.1%} of their results")
    ours, theirs = np.mean([verdict.hues for verdict in colorful]), np.mean([hues for _, hues in pairs])
    print(f"mean hues in their results: {ours:.1f} of {HUES} sectors; in the photographs: {theirs:.1f}")
    return colored >= 0.9 and kept == len(verdicts)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.thousand", description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="folder of color photographs or tar shards")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--url", default=None, help="address of the gateway; default: $PHOTOCHROM_URL, else port 8000")
    parser.add_argument("--keep", type=Path, help="folder to unpack the results into")
    arguments = parser.parse_args()

    pictures, truths = gray_scans(arguments.photos, arguments.count)
    with tempfile.TemporaryDirectory() as scratch, Client(arguments.url) as client:
        archive, output = Path(scratch) / "scans.zip", arguments.keep or Path(scratch) / "out"
        entries = mixed_zip(archive, pictures)
        start = time.monotonic()
        job = client.wait(client.submit(archive))
        seconds = time.monotonic() - start
        check_states(entries, list(client.items(job)), job)
        client.download(job, output)
        print(f"{len(entries)} entries, every one as expected: {job.counts}; {len(pictures) / seconds:.1f} pictures/s")
        verdicts = [judge(entry, (output / entry.name).read_bytes()) for entry in entries if entry.state == "succeeded"]
    return 0 if report(verdicts, truths) else 1


if __name__ == "__main__":
    sys.exit(main())
