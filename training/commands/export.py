"""Export a checkpoint to ONNX, in float32 and quantized to int8, and measure what that costs.

The float32 graph has to agree with torch within a tolerance, at several sizes and degrees of vividness, or nothing is
written. The int8 graph is smaller and faster but less exact. The printed tables compare size, speed and scores of both
with torch, on photographs that were not used for quantization. Times are for a picture of the checkpoint's input size
on one thread, the minimum of several interleaved runs.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Protocol

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from training.commands.destinations import ready_folder
from training.commands.evaluate import VIVIDNESS
from training.commands.sampling import CHECKPOINT_HELP, add_sample_options, sampled_originals
from training.data.originals import Original
from training.networks.weight_references import local_checkpoint
from training.publishing.onnx_graph import OnnxColorizer, onnx_graph, quantized
from training.scores.lpips import LPIPS
from training.scores.scoring import Scales, Scored, Scores, format_table, score, summarize
from training.scores.views import Squeezed
from worker.colorizer import MAX_VIVIDNESS, CheckpointError, Colorizer
from worker.colorizer.checkpoint import Checkpoint, load_checkpoint
from worker.colorizer.network import STRIDE

TOLERANCE = 0.01  # Lab units, anywhere in any picture; a step of 1 in sRGB is at least ten times that.
ROUNDS = 15

Float = NDArray[np.float32]


class Colors(Protocol):
    """The interface that torch and ONNX share."""

    def chroma(self, lightness: Float, *, vividness: float = 1.0) -> Float: ...


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(1)
    try:
        path = local_checkpoint(options.checkpoint)
        checkpoint = load_checkpoint(path)
        ready_folder(options.to)
        ranges, kept = _photographs(options)
        lpips = LPIPS.load(options.lpips) if options.lpips else None
    except (CheckpointError, OSError, ValueError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 2
    graph = onnx_graph(checkpoint)
    colorizer, exact = Colorizer.load(path), OnnxColorizer(graph)
    difference = largest_difference(colorizer, exact, checkpoint)
    if difference > TOLERANCE:
        print(f"export: the graph differs from torch by {difference:.3g} Lab units, over {TOLERANCE}", file=sys.stderr)
        return 1
    smaller = quantized(graph, ranges)
    variants: dict[str, Colors] = {"torch": colorizer, "float32": exact, "int8": OnnxColorizer(smaller)}
    files = _write(options.to, checkpoint, {"float32": graph, "int8": smaller})
    files["torch"] = path.with_suffix(".safetensors")
    costs = _costs(variants, files, checkpoint.info.input_size)
    for name, differences in _differences(kept, variants).items():
        costs[name] |= differences
    table = summarize(_scored(kept, variants, lpips))
    facts = {"checkpoint": checkpoint.sha256, "pictures": len(kept), "tolerance": TOLERANCE, "difference": difference}
    document = facts | {"costs": costs, "rows": table}
    (options.to / f"{checkpoint.info.name}.onnx.json").write_text(json.dumps(document, indent=2) + "\n")
    print(f"float32 differs from torch by at most {difference:.2g} Lab units (tolerance {TOLERANCE})\n")
    print(format_table(costs, len(kept)), format_table(table, len(kept)), sep="\n\n")
    return 0


def _photographs(options: argparse.Namespace) -> tuple[list[Float], list[Original]]:
    """The lightness of the photographs that quantization ranges are calibrated on, and the others, to score."""
    originals = sampled_originals(options)
    ranges = [Squeezed().lightness(original.picture) for original in islice(originals, options.ranges)]
    if not (kept := list(originals)):
        raise ValueError(f"--ranges {options.ranges} leaves none of the photographs of {options.data} to score")
    return ranges, kept


def largest_difference(colorizer: Colors, other: Colors, checkpoint: Checkpoint) -> float:
    """The largest difference in Lab units over noise pictures of several shapes and degrees of vividness."""
    random = np.random.default_rng(0)
    side = checkpoint.info.input_size
    shapes = [(1, side, side), (1, STRIDE, 5 * STRIDE), (3, 3 * STRIDE, 2 * STRIDE)]
    largest = 0.0
    for (count, height, width), vividness in product(shapes, (0.0, 0.5, 1.0, MAX_VIVIDNESS)):
        lightness = random.uniform(0, 100, (count, 1, height, width)).astype(np.float32)
        difference = colorizer.chroma(lightness, vividness=vividness) - other.chroma(lightness, vividness=vividness)
        largest = max(largest, float(np.abs(difference).max()))
    return largest


def _write(folder: Path, checkpoint: Checkpoint, graphs: Mapping[str, onnx.ModelProto]) -> dict[str, Path]:
    paths = {name: folder / f"{checkpoint.info.name}.{name}.onnx" for name in graphs}
    for name, graph in graphs.items():
        onnx.save(graph, paths[name])
    return paths


def _costs(variants: Mapping[str, Colors], files: Mapping[str, Path], side: int) -> dict[str, Scores]:
    lightness = np.full((1, 1, side, side), 50, dtype=np.float32)
    shortest = dict.fromkeys(variants, float("inf"))
    for _, name in product(range(ROUNDS), variants):
        started = time.perf_counter()
        variants[name].chroma(lightness)
        shortest[name] = min(shortest[name], time.perf_counter() - started)
    return {
        name: {
            "MiB": round(files[name].stat().st_size / 2**20, 2),
            "ms": round(1000 * shortest[name], 1),
            "speed": round(shortest["torch"] / shortest[name], 2),
        }
        for name in variants
    }


def _differences(kept: Sequence[Original], variants: Mapping[str, Colors]) -> dict[str, Scores]:
    """The mean and 99th percentile difference of each variant from torch at vividness 1, in Lab units."""
    differences: dict[str, list[Float]] = {name: [] for name in variants}
    for original in kept:
        lightness = Squeezed().lightness(original.picture)
        truth = variants["torch"].chroma(lightness)
        for name, variant in variants.items():
            differences[name].append(np.abs(variant.chroma(lightness) - truth))
    return {
        name: {"mean_difference": float(np.mean(values)), "p99_difference": float(np.percentile(values, 99))}
        for name, values in differences.items()
    }


def _scored(kept: Sequence[Original], variants: Mapping[str, Colors], lpips: LPIPS | None) -> list[Scored]:
    view = Squeezed()
    scored = []
    for original in kept:
        lightness = view.lightness(original.picture)
        pictures = {"gray": view.paint(original.picture, np.zeros((2, 1, 1), dtype=np.float32))}
        for vividness, (name, variant) in product(VIVIDNESS, variants.items()):
            chroma = variant.chroma(lightness, vividness=vividness)[0]
            pictures[f"{name}, vividness {vividness:g}"] = view.paint(original.picture, chroma)
        scored.append(score(original.name, original.picture, pictures, Scales(lpips)))
    return scored


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training export", description=__doc__)
    parser.add_argument("checkpoint", help=CHECKPOINT_HELP)
    add_sample_options(parser, most=128)
    parser.add_argument(
        "--ranges",
        type=int,
        default=32,
        help="number of photographs to calibrate quantization on; they are not scored (default: %(default)s)",
    )
    parser.add_argument("--lpips", type=Path, help="folder with the LPIPS weights")
    parser.add_argument(
        "--to",
        type=Path,
        default=Path("out/onnx"),
        help="output folder for NAME.float32.onnx, .int8.onnx and .onnx.json (default: %(default)s)",
    )
    return parser
