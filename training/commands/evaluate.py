"""Score checkpoints, or other methods' pictures, on photographs that were not trained on.

The rows of the table are `gray` (no color), each checkpoint at each `--vividness` (with its name if there are several),
each `--outputs` folder by its name, and `truth` (the true chroma at the generator's resolution: the upper limit). At
256 × 256, pictures are composed in Lab from the input's lightness, as in training. With `--full` they are as large as
the photographs and composed as in the service.
"""

import argparse
import csv
import itertools
import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.commands.destinations import ready_folder
from training.commands.options import positive
from training.commands.sampling import CHECKPOINT_HELP, add_names_option
from training.data.names import read_names
from training.data.originals import SIZE, counted, nothing_left, read_originals
from training.networks.inception import Inception
from training.networks.mobilenet import MobileNet
from training.networks.squeezenet import SqueezeNet
from training.scores.lpips import LPIPS
from training.scores.methods import Coloring, Method, Named, Outputs, load_named
from training.scores.report import sheet_of, write_report
from training.scores.scoring import Extractor, Scales, Scored, Scores, format_table, score, summarize
from training.scores.tones import Portraits, by_tone, counts_by_tone, format_tones, read_tones
from training.scores.views import Served, Squeezed, View
from worker.colorizer import CheckpointError, Colorizer
from worker.colorizer.network import STRIDE

VIVIDNESS = (0.0, 1.0)
_GRAY, _TRUTH = "gray", "truth"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_intermixed_args(arguments)
    torch.set_num_threads(options.threads)
    left_out: Counter[str] = Counter()
    try:
        checkpoints = load_named(options.checkpoints)
        methods = _methods(options, checkpoints)
        scales = _scales(options)
        tones = read_tones(options.tones) if options.tones else {}
        ready_folder(options.output)
        scored = list(_all_scored(options, methods, _widest_view(options, checkpoints), scales, left_out))
        if not scored:
            raise nothing_left(options.data, left_out)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 2
    table = summarize(scored)
    alone = checkpoints[0].colorizer if len(checkpoints) == 1 else None
    portraits = {row: by_tone(scored, tones, row) for row in table}
    milliseconds = _milliseconds(methods)
    evaluation = {
        "name": alone.name if alone else None,
        "checkpoint": alone.sha256 if alone else None,
        "checkpoints": {checkpoint.name: checkpoint.colorizer.sha256 for checkpoint in checkpoints},
        "pictures": len(scored),
        "left_out": dict(left_out),
        "size": "full" if options.full else SIZE,
        "portraits": _plain(portraits),
        "milliseconds": milliseconds,
    }
    _write(options.output, scored, table, evaluation)
    write_report(
        options.output / "report.html",
        scored,
        table,
        title=f"Scores of {' and '.join(_labels(options))} on {options.data.resolve().name}",
        facts=_facts(options, checkpoints, len(scored), left_out),
        judged=methods[-1].rows[-1],
    )
    print(format_table(table, len(scored)))
    if tones:
        print(format_tones(portraits, counts_by_tone(scored, tones)))
    for row, median in milliseconds.items():
        print(f"{row}: median of {median:.0f} ms a picture in the colorizer ({options.threads} threads)")
    print("left out:", counted(left_out))
    return 0


def _all_scored(
    options: argparse.Namespace, methods: Sequence[Method], view: View, scales: Scales, left_out: Counter[str]
) -> Iterator[Scored]:
    names = set(read_names(options.names)) if options.names else None
    for original in read_originals(options.data, names, size=None if options.full else SIZE, left_out=left_out):
        rows = {_GRAY: view.paint(original.picture, np.zeros((2, 1, 1), dtype=np.float32))}
        for method in methods:
            pictures = method.pictures(original)
            if isinstance(pictures, str):
                left_out[pictures] += 1
                break
            rows |= pictures
        else:
            rows[_TRUTH] = view.paint(original.picture, view.true_chroma(original.picture))
            yield score(original.name, original.picture, rows, scales)


def _methods(options: argparse.Namespace, checkpoints: Sequence[Named]) -> list[Method]:
    """The checkpoints in their order, then the folders of outputs."""
    if options.input_size and not options.full:
        raise ValueError("--input-size is for --full alone: without it, pictures are 256 × 256")
    if not checkpoints and not options.outputs:
        raise ValueError("nothing to score: give a checkpoint, or --outputs FOLDER of another method")
    methods: list[Method] = []
    for checkpoint, side in itertools.product(checkpoints, options.input_size or [None]):
        name = f"{checkpoint.name} " if len(checkpoints) > 1 else ""
        size = f"{side} px " if side else ""
        degrees = {f"{name}{size}vividness {vividness:g}": vividness for vividness in options.vividness}
        methods.append(Coloring(checkpoint.colorizer, _view(options, checkpoint.colorizer, side), degrees))
    methods.extend(Outputs(folder) for folder in options.outputs)
    rows = [_GRAY, _TRUTH, *(row for method in methods for row in method.rows)]
    if len(set(rows)) < len(rows):
        raise ValueError(f"rows need unique names, so rename a checkpoint or an --outputs folder: {', '.join(rows)}")
    return methods


def _view(options: argparse.Namespace, colorizer: Colorizer | None, side: int | None = None) -> View:
    trained, multiple = (colorizer.input_size, colorizer.multiple) if colorizer else (SIZE, STRIDE)
    return Served(side or trained, multiple) if options.full else Squeezed()


def _widest_view(options: argparse.Namespace, checkpoints: Sequence[Named]) -> View:
    """The view with the largest input: the truth at its resolution is the upper limit for all."""
    colorizers = (checkpoint.colorizer for checkpoint in checkpoints)
    widest = max(colorizers, key=lambda colorizer: colorizer.input_size, default=None)
    return _view(options, widest, max(options.input_size, default=None))


def _scales(options: argparse.Namespace) -> Scales:
    extractors: dict[str, Extractor] = {}
    if options.frechet:
        extractors["frechet"] = SqueezeNet.load(options.frechet)
    if options.mobilenet:
        extractors["frechet_mobilenet"] = MobileNet.load(options.mobilenet)
    if options.inception:
        extractors["fid"] = Inception.load(options.inception)
    return Scales(LPIPS.load(options.lpips) if options.lpips else None, extractors, skin=options.tones is not None)


def _labels(options: argparse.Namespace) -> list[str]:
    """Checkpoints and folders as given on the command line, for the title."""
    return [*(reference.removesuffix(".safetensors") for reference in options.checkpoints), *map(str, options.outputs)]


def _facts(
    options: argparse.Namespace, checkpoints: Sequence[Named], pictures: int, left_out: Counter[str]
) -> dict[str, str]:
    """The facts at the top of the report."""
    return {
        **{
            f"checkpoint {checkpoint.name}": f"{checkpoint.reference}, SHA-256 {checkpoint.colorizer.sha256}"
            for checkpoint in checkpoints
        },
        **{f"outputs {folder.resolve().name}": str(folder) for folder in options.outputs},
        "photographs": f"{pictures} of {options.data}" + (f", listed in {options.names}" if options.names else ""),
        "left out": counted(left_out),
        "compared": "at their own size, as served" if options.full else f"at {SIZE} × {SIZE}",
        "scored": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }


def _write(folder: Path, scored: list[Scored], table: dict[str, Scores], evaluation: dict[str, Any]) -> None:
    (folder / "scores.json").write_text(json.dumps(evaluation | {"rows": table}, indent=2) + "\n")
    with (folder / "pictures.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "row", *scored[0].scores[_GRAY]])
        for picture in scored:
            writer.writerows([picture.name, row, *scores.values()] for row, scores in picture.scores.items())
    (folder / "sheet.jpg").write_bytes(sheet_of(scored))


def _milliseconds(methods: Sequence[Method]) -> dict[str, float]:
    """The median time that a checkpoint's forward pass took, by row. Reading and composing come on top."""
    timings = [method.timings for method in methods if isinstance(method, Coloring)]
    return {row: 1000 * statistics.median(seconds) for rows in timings for row, seconds in rows.items()}


def _plain(portraits: Portraits) -> dict[str, Any]:
    """For JSON: each value with its interval."""
    return {
        row: {tone: {column: asdict(value) for column, value in columns.items()} for tone, columns in table.items()}
        for row, table in portraits.items()
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training evaluate", description=__doc__)
    parser.add_argument(
        "checkpoints",
        metavar="checkpoint",
        nargs="*",
        help=f"{CHECKPOINT_HELP}; give several to compare them, none to score --outputs alone",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards, or a list")
    add_names_option(parser)
    parser.add_argument(
        "--vividness",
        type=float,
        nargs="+",
        default=VIVIDNESS,
        help="degrees of vividness, 0 to 1.5, with a row each (default: 0 1)",
    )
    parser.add_argument(
        "--full", action="store_true", help="compare at full resolution, as served, instead of at 256 × 256"
    )
    parser.add_argument(
        "--input-size",
        type=positive,
        nargs="+",
        default=[],
        metavar="PIXELS",
        help="with --full: reduce pictures to an area of this side squared for the colorizer, with rows for each "
        "(default: what the checkpoint was trained with)",
    )
    parser.add_argument(
        "--outputs",
        type=Path,
        action="append",
        default=[],
        help="folder of another method's pictures, with the paths of the photographs; may be repeated",
    )
    parser.add_argument("--lpips", type=Path, help="folder with the LPIPS weights")
    parser.add_argument("--frechet", type=Path, help="SqueezeNet 1.1 weights, for a Fréchet distance")
    parser.add_argument("--mobilenet", type=Path, help="MobileNetV2 weights, for a second Fréchet distance")
    parser.add_argument(
        "--inception", type=Path, help="Inception v3 weights as safetensors, for the FID that papers report"
    )
    parser.add_argument("--tones", type=Path, help="CSV with shard, name and label `ita:TONE`: score portraits by tone")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("out/evaluate"),
        help="folder for scores, CSV, contact sheet and report (default: %(default)s)",
    )
    parser.add_argument("--threads", type=positive, default=2)
    return parser
