"""`python -m training.evaluate`: what a checkpoint, or another method's pictures, score on unseen photographs.

Rows: `gray` (no color at all), the checkpoint at each `--vividness`, each `--outputs` folder under its name, and
`truth` (the true chroma at the generator's resolution: the ceiling). At 256 × 256 pictures are composed in Lab from
the input's lightness, as in training; with `--full` they are as large as the photographs and made as the service
makes them.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import torch

from training.frechet import SqueezeNet
from training.inception import Inception
from training.listed import add_names_option
from training.lpips import LPIPS
from training.names import read_names
from training.originals import RGB, SIZE, Original, counted, nothing_left, read_originals, resized
from training.photographs import picture_files, upright_rgb
from training.report import sheet_of, write_report
from training.scoring import Extractor, Scales, Scored, Scores, format_table, score, summarize
from training.views import Served, Squeezed, View
from worker.colorizer import CheckpointError, Colorizer
from worker.colorizer.network import STRIDE

VIVIDNESS = (0.0, 1.0)
_GRAY, _TRUTH = "gray", "truth"


class Outputs:
    """A folder of another method's pictures, each named and placed as its photograph, with any suffix."""

    def __init__(self, folder: Path) -> None:
        self.row = folder.resolve().name
        self._files = {_stem(path.relative_to(folder)): path for path in picture_files(folder)}

    def picture(self, original: Original) -> RGB | None:
        """What became of it, as large as the original; None if there is nothing, or nothing readable."""
        path = self._files.get(_stem(PurePath(original.name)))
        image = upright_rgb(path.read_bytes()) if path else "absent"
        if isinstance(image, str):
            return None
        height, width = original.picture.shape[:2]
        return np.asarray(resized(image, (width, height)))


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    left_out: Counter[str] = Counter()
    try:
        colorizer = Colorizer.load(options.checkpoint) if options.checkpoint else None
        outputs = _outputs(options, colorizer)
        scales = _scales(options)
        scored = list(_all_scored(options, colorizer, outputs, scales, left_out))
        if not scored:
            raise nothing_left(options.data, left_out)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    table = summarize(scored)
    told = {
        "name": colorizer.name if colorizer else None,
        "checkpoint": colorizer.sha256 if colorizer else None,
        "pictures": len(scored),
        "left_out": dict(left_out),
        "size": "full" if options.full else SIZE,
    }
    _write(options.output, scored, table, told)
    print(format_table(table, len(scored)))
    print("left out:", counted(left_out))
    return 0


def versions(
    original: RGB, view: View, colorizer: Colorizer | None, degrees: Sequence[float]
) -> Iterator[tuple[str, RGB]]:
    """Rows and pictures: gray, what the colorizer makes of it, and the truth at the colorizer's resolution."""
    yield _GRAY, view.paint(original, np.zeros((2, 1, 1), dtype=np.float32))
    if colorizer:
        lightness = view.lightness(original)
        for vividness in degrees:
            chroma = colorizer.chroma(lightness, vividness=vividness)[0]
            yield _row(vividness), view.paint(original, chroma)
    yield _TRUTH, view.paint(original, view.true_chroma(original))


def _all_scored(
    options: argparse.Namespace,
    colorizer: Colorizer | None,
    outputs: list[Outputs],
    scales: Scales,
    left_out: Counter[str],
) -> Iterator[Scored]:
    names = set(read_names(options.names)) if options.names else None
    side, multiple = (colorizer.input_size, colorizer.multiple) if colorizer else (SIZE, STRIDE)
    view = Served(side, multiple) if options.full else Squeezed()
    for original in read_originals(options.data, names, size=None if options.full else SIZE, left_out=left_out):
        theirs = {folder.row: folder.picture(original) for folder in outputs}
        absent = [row for row, picture in theirs.items() if picture is None]
        if absent:
            left_out[f"without a picture in {absent[0]}"] += 1
            continue
        rows = dict(versions(original.picture, view, colorizer, options.vividness))
        truth = rows.pop(_TRUTH)
        rows |= {row: picture for row, picture in theirs.items() if picture is not None} | {_TRUTH: truth}
        yield score(original.name, original.picture, rows, scales)


def _outputs(options: argparse.Namespace, colorizer: Colorizer | None) -> list[Outputs]:
    outputs = [Outputs(folder) for folder in options.outputs]
    if colorizer is None and not outputs:
        raise ValueError("there is nothing to score: name a checkpoint, or --outputs of another method")
    names = [folder.row for folder in outputs]
    if len(set(names) - {_GRAY, _TRUTH, *map(_row, options.vividness)}) < len(names):
        raise ValueError(f"folders of outputs need names of their own, not {', '.join(names)}")
    return outputs


def _scales(options: argparse.Namespace) -> Scales:
    extractors: dict[str, Extractor] = {}
    if options.frechet:
        extractors["frechet"] = SqueezeNet.load(options.frechet)
    if options.inception:
        extractors["fid"] = Inception.load(options.inception)
    return Scales(LPIPS.load(options.lpips) if options.lpips else None, extractors)


def _row(vividness: float) -> str:
    return f"vividness {vividness:g}"


def _stem(path: PurePath) -> str:
    return path.with_suffix("").as_posix()


def _write(folder: Path, scored: list[Scored], table: dict[str, Scores], told: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scores.json").write_text(json.dumps(told | {"rows": table}, indent=2) + "\n")
    with (folder / "pictures.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "row", *scored[0].scores[_GRAY]])
        for one in scored:
            writer.writerows([one.name, row, *scores.values()] for row, scores in one.scores.items())
    (folder / "sheet.jpg").write_bytes(sheet_of(scored))
    write_report(folder / "report.html", scored, table, told)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("checkpoint", type=Path, nargs="?", help="needed unless --outputs are scored alone")
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
    parser.add_argument("--threads", type=int, default=2)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
