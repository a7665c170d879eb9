"""`python -m training.evaluate`: what a checkpoint scores on photographs it has not seen, at 256 × 256.

Rows: `gray` (no color at all), vividness 0 and 1, and `truth` (the true chroma at the generator's resolution:
the ceiling). Pictures are composed in Lab from the input's lightness, as in training, without serving's guided
enlargement of the chroma.
"""

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from training import metrics
from training.contact_sheet import compose, contact_sheet
from training.frechet import SqueezeNet, frechet_distance
from training.lpips import LPIPS
from training.photographs import read_files
from worker.colorizer import CheckpointError, Colorizer, lightness_from_luma
from worker.colorizer.color import lab_from_rgb
from worker.colorizer.network import OUTPUT_STRIDE

SIZE = 256
SHEET_PICTURES = 48

RGB = NDArray[np.uint8]
Scores = dict[str, float]


@dataclass(frozen=True)
class Scored:
    """One photograph: its versions by row name, and each version's scores."""

    name: str
    pictures: dict[str, RGB]
    scores: dict[str, Scores]


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        colorizer = Colorizer.load(options.checkpoint)
        lpips = LPIPS.load(options.lpips) if options.lpips else None
        squeezenet = SqueezeNet.load(options.frechet) if options.frechet else None
        names = set(options.names.read_text().split()) if options.names else None
        scored = [
            score(name, photograph, colorizer, lpips) for name, photograph in photographs_to_score(options.data, names)
        ]
        if not scored:
            raise FileNotFoundError(f"{options.data} holds no photograph to score")
    except (CheckpointError, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    table = summarize(scored)
    if squeezenet:
        for row, distance in frechet_to_gray(scored, squeezenet).items():
            table[row]["frechet_to_gray"] = distance
    _write(options.output, scored, table, colorizer)
    print(format_table(table, len(scored)))
    return 0


def score(name: str, photograph: Image.Image, colorizer: Colorizer, lpips: LPIPS | None) -> Scored:
    """Squeeze to 256 × 256, colorize, and compare with the original."""
    squeezed = photograph.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    original = np.asarray(squeezed)
    lightness = lightness_from_luma(np.asarray(squeezed.convert("L")))[None]
    chroma = {
        "gray": np.zeros((2, 1, 1), dtype=np.float32),
        "vividness 0": colorizer.chroma(lightness[None], vividness=0.0)[0],
        "vividness 1": colorizer.chroma(lightness[None], vividness=1.0)[0],
        "truth": _reduced_ab(original),
    }
    pictures = {row: compose(lightness, ab) for row, ab in chroma.items()}
    scores = {row: compare(picture, original, lpips) for row, picture in pictures.items()}
    return Scored(name, pictures | {"original": original}, scores)


def compare(picture: RGB, original: RGB, lpips: LPIPS | None) -> Scores:
    """All scores of a picture against the original; `lpips` only with its network at hand."""
    scores = {
        "psnr": metrics.psnr(picture, original),
        "ssim": metrics.ssim(picture, original),
        "ciede2000": metrics.mean_ciede2000(picture, original),
        "colorfulness": metrics.colorfulness(picture),
        "colorfulness_original": metrics.colorfulness(original),
    }
    return scores | ({"lpips": lpips.between(picture, original)} if lpips else {})


def summarize(scored: list[Scored]) -> dict[str, Scores]:
    """Means over the pictures by row; colorfulness also as a ratio of means to the originals'."""
    table: dict[str, Scores] = {}
    for row in scored[0].scores:
        keys = scored[0].scores[row]
        means = {key: float(np.mean([one.scores[row][key] for one in scored])) for key in keys}
        means["colorfulness_ratio"] = means["colorfulness"] / max(means.pop("colorfulness_original"), 1e-6)
        table[row] = {key: round(value, 4) for key, value in means.items()}
    return table


def frechet_to_gray(scored: list[Scored], squeezenet: SqueezeNet) -> Scores:
    """Each row's Fréchet distance to the originals, as a share of what gray pictures have."""
    described = {row: [squeezenet.describe(one.pictures[row]) for one in scored] for row in scored[0].pictures}
    original = described.pop("original")
    distances = {row: frechet_distance(features, original) for row, features in described.items()}
    return {row: round(distance / distances["gray"], 4) for row, distance in distances.items()}


def format_table(table: dict[str, Scores], count: int) -> str:
    """The table as Markdown."""
    columns = list(next(iter(table.values())))
    lines = [
        f"| {count} pictures | {' | '.join(columns)} |",
        "|---|" + "---|" * len(columns),
        *(f"| {row} | {' | '.join(f'{scores[key]:.3f}' for key in columns)} |" for row, scores in table.items()),
    ]
    return "\n".join(lines)


def photographs_to_score(source: Path, names: set[str] | None) -> Iterator[tuple[str, Image.Image]]:
    """Those of `source` that `names` lists (None: all), less the unreadable ones, which are reported."""
    for name, content in read_files(source):
        if names is not None and name not in names:
            continue
        try:
            with Image.open(io.BytesIO(content)) as image:
                image.load()
                yield name, image
        except (OSError, SyntaxError, Image.DecompressionBombError) as error:
            print(f"evaluate: {name} left out: {error}", file=sys.stderr)


def _reduced_ab(original: RGB) -> NDArray[np.float32]:
    side = SIZE // OUTPUT_STRIDE
    ab = lab_from_rgb(original)[..., 1:]
    means = ab.reshape(side, SIZE // side, side, SIZE // side, 2).mean(axis=(1, 3))
    return np.asarray(means.transpose(2, 0, 1), dtype=np.float32)


def _write(folder: Path, scored: list[Scored], table: dict[str, Scores], colorizer: Colorizer) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    document = {"checkpoint": colorizer.sha256, "pictures": len(scored), "size": SIZE, "rows": table}
    (folder / "scores.json").write_text(json.dumps(document, indent=2) + "\n")
    with (folder / "pictures.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        keys = list(scored[0].scores["gray"])
        writer.writerow(["name", "row", *keys])
        for one in scored:
            writer.writerows([one.name, row, *scores.values()] for row, scores in one.scores.items())
    step = -(-len(scored) // SHEET_PICTURES)
    rows = [list(one.pictures.values()) for one in scored[::step]]
    contact_sheet(rows, across=2).save(folder / "sheet.jpg", quality=88)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards")
    parser.add_argument("--names", type=Path, help="score only the photographs that this file lists")
    parser.add_argument("--lpips", type=Path, help="folder with the LPIPS weights")
    parser.add_argument("--frechet", type=Path, help="SqueezeNet 1.1 weights, for the Fréchet distance")
    parser.add_argument("--output", type=Path, default=Path("out/evaluate"), help="scores, CSV, contact sheet")
    parser.add_argument("--threads", type=int, default=2)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
