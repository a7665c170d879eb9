"""What a run says about its result at the end: measured on the pictures and in the way that `evaluate` measures.

The scores that select the best weights come from fewer photographs, reduced when they were read. A claim made from them
could contradict `evaluate`.
"""

import argparse
from pathlib import Path

import numpy as np

from training.data.names import read_names
from training.data.originals import read_originals
from training.networks.squeezenet import SqueezeNet
from training.networks.weight_references import local_checkpoint, recorded
from training.run.position import INIT
from training.run.trainer import Trainer
from training.scores.lpips import LPIPS
from training.scores.methods import Coloring
from training.scores.scoring import Scales, Scores, score, summarize
from training.scores.views import Squeezed
from worker.colorizer import Colorizer

DEGREES = {"cautious": 0.0, "vivid": 1.0}
COLUMNS = {"frechet": "frechet_to_gray", "colorfulness": "colorfulness_ratio"}
"""Names that differ between a validation and the table of `evaluate`."""


def closing_claim(trainer: Trainer, options: argparse.Namespace) -> str | None:
    """How the best weights compare with the initial ones and with gray. None if they are the initial ones, or if there
    is nothing to measure.
    """
    if not options.init or trainer.position.best_stage in ("", INIT):
        return None
    degree, metric = trainer.stage.select.split()
    path, names = trainer.folder.path / "best.safetensors", read_names(trainer.folder.path / "held-out.txt")
    count, table = _measured(options, {"best": path, INIT: local_checkpoint(options.init)}, set(names), DEGREES[degree])
    column = COLUMNS.get(metric, metric)
    if not count or column not in table["gray"]:
        return None
    best, init, gray = (table[row][column] for row in ("best", INIT, "gray"))
    name = recorded(options.init)
    return (
        f"{path}: measured as `evaluate` does, on {count} held-out photographs: {degree} {column} {best:.4g} "
        f"({name} {init:.4g}, gray {gray:.4g}): {_verdict(best, init, gray, str(name))}"
    )


def _verdict(best: float, init: float, gray: float, name: str) -> str:
    """Lower is better, for every metric that can select weights."""
    verdict = f"better than {name}" if best < init else f"NOT better than {name}; keep that one"
    return verdict if best < gray else f"{verdict}; NOT better than gray"


def _measured(
    options: argparse.Namespace, checkpoints: dict[str, Path], names: set[str], degree: float
) -> tuple[int, dict[str, Scores]]:
    """The number of photographs that could be scored, and the table's rows of each checkpoint and of gray."""
    view = Squeezed()
    scales = Scales(
        LPIPS.load(options.lpips) if options.lpips else None,
        {"frechet": SqueezeNet.load(options.frechet)} if options.frechet else {},
    )
    methods = [Coloring(Colorizer.load(path), view, {row: degree}) for row, path in checkpoints.items()]
    scored = []
    for original in read_originals(options.data, names):
        rows = {"gray": view.paint(original.picture, np.zeros((2, 1, 1), dtype=np.float32))}
        for method in methods:
            pictures = method.pictures(original)
            assert not isinstance(pictures, str), "a checkpoint colorizes every photograph"
            rows |= pictures
        scored.append(score(original.name, original.picture, rows, scales))
    return len(scored), summarize(scored) if scored else {}
