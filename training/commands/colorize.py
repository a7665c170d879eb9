"""Colorize photographs with one or more checkpoints, as the service would, to look at them or to ask people.

Each checkpoint writes OUTPUT/NAME/PHOTOGRAPH.png, which is the folder that `study make` takes; `--truth` adds the
originals that are in color. With `--sheet`, a contact sheet has a row for each photograph: in gray, then as each
checkpoint colorized it.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

import numpy as np
import torch
from PIL import Image, ImageOps

from training.commands.destinations import ready_folder, ready_picture
from training.commands.options import positive
from training.commands.sampling import CHECKPOINT_HELP, add_names_option
from training.data.names import read_names
from training.data.originals import RGB, Original, counted, gray, has_color, nothing_left, read_pictures
from training.scores.contact_sheet import contact_sheet
from training.scores.methods import Coloring, load_named
from training.scores.views import Served
from training.study.pictures import TRUTH
from worker.colorizer import CheckpointError

CELL = (330, 330)
QUALITY = 82


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_intermixed_args(arguments)
    torch.set_num_threads(options.threads)
    left_out: Counter[str] = Counter()
    try:
        ready_folder(options.output)
        if options.sheet:
            ready_picture(options.sheet)
        colorings = _colorings(options.checkpoints, options.vividness)
        names = set(read_names(options.names)) if options.names else None
        count, rows = 0, []
        for original in read_pictures(options.data, names, left_out):
            results = _results(original, colorings)
            truth = {TRUTH: original.picture} if options.truth and has_color(original.picture) else {}
            _write(options.output, original, results | truth)
            count += 1
            if options.sheet:
                rows.append([_cell(picture) for picture in (gray(original.picture), *results.values())])
        if not count:
            raise nothing_left(options.data, left_out)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"colorize: {error}", file=sys.stderr)
        return 2
    if options.sheet:
        sheet = contact_sheet(rows, ["the scan", *colorings], across=options.across)
        sheet.save(options.sheet, quality=QUALITY)
    print(f"{count} photographs by {', '.join(colorings)} in {options.output}; left out: {counted(left_out)}")
    return 0


def _colorings(references: Sequence[str], vividness: float) -> dict[str, Coloring]:
    """By the names of their folders."""
    named = {checkpoint.name.replace("/", "_"): checkpoint.colorizer for checkpoint in load_named(references)}
    return {
        name: Coloring(colorizer, Served(colorizer.input_size, colorizer.multiple), {name: vividness})
        for name, colorizer in named.items()
    }


def _results(original: Original, colorings: dict[str, Coloring]) -> dict[str, RGB]:
    return {name: coloring.pictures(original)[name] for name, coloring in colorings.items()}


def _write(output: Path, original: Original, results: dict[str, RGB]) -> None:
    for folder, picture in results.items():
        path = output / folder / PurePath(original.name).with_suffix(".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)


def _cell(picture: RGB) -> RGB:
    """The whole picture on white."""
    return np.asarray(ImageOps.pad(Image.fromarray(picture), CELL, color="white"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training colorize", description=__doc__)
    parser.add_argument(
        "checkpoints", metavar="checkpoint", nargs="+", help=f"{CHECKPOINT_HELP}; give several to compare them"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards, or a list")
    add_names_option(parser)
    parser.add_argument("--vividness", type=float, default=1.0, help="0 to 1.5 (default: 1)")
    parser.add_argument(
        "--output", type=Path, default=Path("out/colorized"), help="folder of folders (default: %(default)s)"
    )
    parser.add_argument("--truth", action="store_true", help="also copy photographs in color into OUTPUT/truth")
    parser.add_argument("--sheet", type=Path, help="a picture to write with all results, such as out/sheet.jpg")
    parser.add_argument(
        "--across", type=positive, default=1, metavar="N", help="photographs side by side on it (default: 1)"
    )
    parser.add_argument("--threads", type=positive, default=2)
    return parser
