"""Draw a contact sheet of photographs colorized by a checkpoint.

Each row is a photograph as served: in gray, at four degrees of vividness, and as alternative variants.
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from training.commands.destinations import ready_picture
from training.commands.options import positive
from training.commands.sampling import CHECKPOINT_HELP
from training.data.originals import RGB, counted, gray, read_pictures
from training.networks.weight_references import local_checkpoint
from training.scores.contact_sheet import contact_sheet
from training.scores.views import Served
from worker.colorizer import ESTIMATE, CheckpointError, Colorizer, Draw

CELL = (220, 165)
QUALITY = 82


@dataclass(frozen=True)
class Way:
    """A column: how the photograph is colorized; without a vividness it stays gray."""

    caption: str
    vividness: float | None = None
    draw: Draw = ESTIMATE


WAYS = (
    Way("the scan"),
    Way("vividness 0", 0.0),
    Way("0.5", 0.5),
    Way("1", 1.0),
    Way("1.5", 1.5),
    *(Way(f"1, variant {variant}", 1.0, Draw(0, variant)) for variant in (2, 3)),
)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        colorizer = Colorizer.load(local_checkpoint(options.checkpoint))
        ready_picture(options.output)
        left_out: Counter[str] = Counter()
        pictures = list(read_pictures(options.data, None, left_out))
    except (CheckpointError, OSError, ValueError) as error:
        print(f"samples: {error}", file=sys.stderr)
        return 2
    if not pictures:
        print(f"samples: {options.data} has no readable photograph; left out: {counted(left_out)}", file=sys.stderr)
        return 2
    rows = [_row(colorizer, original.picture) for original in pictures]
    contact_sheet(rows, [way.caption for way in WAYS]).save(options.output, quality=QUALITY)
    print(f"{len(rows)} photographs in {options.output}; left out: {counted(left_out)}")
    return 0


def _row(colorizer: Colorizer, photograph: RGB) -> list[RGB]:
    view = Served(colorizer.input_size, colorizer.multiple)
    lightness = view.lightness(photograph)
    row = []
    for way in WAYS:
        if way.vividness is None:
            picture = gray(photograph)
        else:
            chroma = colorizer.chroma(lightness, vividness=way.vividness, draw=way.draw)
            picture = view.paint(photograph, chroma[0])
        row.append(np.asarray(ImageOps.fit(Image.fromarray(picture), CELL)))
    return row


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training samples", description=__doc__)
    parser.add_argument("checkpoint", help=CHECKPOINT_HELP)
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs, of tar shards, or a list")
    parser.add_argument(
        "--output", type=Path, default=Path("out/samples.jpg"), help="the picture to write (default: %(default)s)"
    )
    parser.add_argument("--threads", type=positive, default=2)
    return parser
