"""`python -m training evaluate`: what checkpoints, or other methods' pictures, score on unseen photographs.

Rows: `gray` (no color at all), each checkpoint at each `--vividness` (with its name if there are several), each
`--outputs` folder under its name, and `truth` (the true chroma at the generator's resolution: the ceiling). At
256 × 256 pictures are composed in Lab from the input's lightness, as in training; with `--full` they are as large as
the photographs and made as the service makes them.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
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
from training.networks.squeezenet import SqueezeNet
from training.scores.lpips import LPIPS
from training.scores.methods import Coloring, Method, Named, Outputs, load_named
from training.scores.report import sheet_of, write_report
from training.scores.scoring import Extractor, Scales, Scored, Scores, format_table, score, summarize
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
        ready_folder(options.output)
        scored = list(_all_scored(options, methods, _widest_view(options, checkpoints), scales, left_out))
        if not scored:
            raise nothing_left(options.data, left_out)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 2
    table = summarize(scored)
    alone = checkpoints[0].colorizer if len(checkpoints) == 1 else None
    told = {
        "name": alone.name if alone else None,
        "checkpoint": alone.sha256 if alone else None,
        "checkpoints": {one.name: one.colorizer.sha256 for one in checkpoints},
        "pictures": len(scored),
        "left_out": dict(left_out),
        "size": "full" if options.full else SIZE,
    }
    _write(options.output, scored, table, told)
    write_report(
        options.output / "report.html",
        scored,
        table,
        title=f"Scores of {' and '.join(_labels(options))} on {options.data.resolve().name}",
        facts=_facts(options, checkpoints, len(scored), left_out),
        judged=methods[-1].rows[-1],
    )
    print(format_table(table, len(scored)))
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
    if not checkpoints and not options.outputs:
        raise ValueError("there is nothing to score: name a checkpoint, or --outputs of another method")
    methods: list[Method] = []
    for one in checkpoints:
        name = f"{one.name} " if len(checkpoints) > 1 else ""
        degrees = {f"{name}vividness {vividness:g}": vividness for vividness in options.vividness}
        methods.append(Coloring(one.colorizer, _view(options, one.colorizer), degrees))
    methods.extend(Outputs(folder) for folder in options.outputs)
    rows = [_GRAY, _TRUTH, *(row for method in methods for row in method.rows)]
    if len(set(rows)) < len(rows):
        raise ValueError(f"checkpoints and folders of outputs need names of their own, not {', '.join(rows)}")
    return methods


def _view(options: argparse.Namespace, colorizer: Colorizer | None) -> View:
    side, multiple = (colorizer.input_size, colorizer.multiple) if colorizer else (SIZE, STRIDE)
    return Served(side, multiple) if options.full else Squeezed()


def _widest_view(options: argparse.Namespace, checkpoints: Sequence[Named]) -> View:
    """Of the colorizer that sees the most: the truth at its resolution is a ceiling for all."""
    return _view(options, max((one.colorizer for one in checkpoints), key=lambda one: one.input_size, default=None))


def _scales(options: argparse.Namespace) -> Scales:
    extractors: dict[str, Extractor] = {}
    if options.frechet:
        extractors["frechet"] = SqueezeNet.load(options.frechet)
    if options.inception:
        extractors["fid"] = Inception.load(options.inception)
    return Scales(LPIPS.load(options.lpips) if options.lpips else None, extractors)


def _labels(options: argparse.Namespace) -> list[str]:
    """What was named to be scored, for the title: longer than the names in the table."""
    return [*(reference.removesuffix(".safetensors") for reference in options.checkpoints), *map(str, options.outputs)]


def _facts(
    options: argparse.Namespace, checkpoints: Sequence[Named], pictures: int, left_out: Counter[str]
) -> dict[str, str]:
    """What the report says of the scores before it shows them."""
    return {
        **{
            f"checkpoint {one.name}": f"{one.reference}, weights of SHA-256 {one.colorizer.sha256}"
            for one in checkpoints
        },
        **{f"outputs {folder.resolve().name}": str(folder) for folder in options.outputs},
        "photographs": f"{pictures} of {options.data}" + (f", listed in {options.names}" if options.names else ""),
        "left out": counted(left_out),
        "compared": "at their own size, made as the service makes them" if options.full else f"at {SIZE} × {SIZE}",
        "scored": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }


def _write(folder: Path, scored: list[Scored], table: dict[str, Scores], told: dict[str, Any]) -> None:
    (folder / "scores.json").write_text(json.dumps(told | {"rows": table}, indent=2) + "\n")
    with (folder / "pictures.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "row", *scored[0].scores[_GRAY]])
        for one in scored:
            writer.writerows([one.name, row, *scores.values()] for row, scores in one.scores.items())
    (folder / "sheet.jpg").write_bytes(sheet_of(scored))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training evaluate", description=__doc__)
    parser.add_argument(
        "checkpoints",
        metavar="checkpoint",
        nargs="*",
        help=f"{CHECKPOINT_HELP}; none to score --outputs alone, several to compare",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards, or a list")
    add_names_option(parser)
    parser.add_argument("--vividness", type=float, nargs="+", default=VIVIDNESS, help="a row for each, 0 to 1.5")
    parser.add_argument("--full", action="store_true", help="at full resolution, as served, instead of 256 × 256")
    parser.add_argument(
        "--outputs",
        type=Path,
        action="append",
        default=[],
        help="folder of another method's pictures, named and placed as the photographs; may be repeated",
    )
    parser.add_argument("--lpips", type=Path, help="folder with the LPIPS weights")
    parser.add_argument("--frechet", type=Path, help="SqueezeNet 1.1 weights, for a Fréchet distance")
    parser.add_argument("--inception", type=Path, help="Inception v3 weights as safetensors, for the published one")
    parser.add_argument("--output", type=Path, default=Path("out/evaluate"), help="scores, CSV, contact sheet, report")
    parser.add_argument("--threads", type=positive, default=2)
    return parser
