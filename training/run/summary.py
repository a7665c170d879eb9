"""The summary that a run ends with: where its weights are, which step was the best, and its score."""

import math

from training.run.position import INIT
from training.run.trainer import Trainer


def summary(trainer: Trainer, reason: str, init: str | None = None) -> str:
    """A line on how to resume, if the run was stopped, and a line on `best`, if anything was scored.

    `init` is the name of the checkpoint that the run started from.
    """
    position, lines = trainer.position, []
    if reason == "stopped":
        lines.append(f"stopped at step {position.step} of {trainer.stage.name}: run the same command again to resume")
    if position.best_stage:
        lines.append(_best_line(trainer, init))
    return "\n".join(lines)


def _best_line(trainer: Trainer, init: str | None) -> str:
    position, metric = trainer.position, trainer.stage.select
    path = trainer.folder.path / "best.safetensors"
    if position.best_stage == INIT:
        line = f"{path}: no step was better than {init}, whose weights it holds"
    else:
        line = f"{path}: step {position.best_step} of {position.best_stage}"
    gray = trainer.validator.gray if trainer.validator else {}
    known = {str(init): position.init_scores.get(metric), "gray": gray.get(metric.split()[1])}
    others = ", ".join(f"{name} {score:.4g}" for name, score in known.items() if score is not None)
    warning = "; NOT better than gray pictures" if position.best >= gray.get(metric.split()[1], math.inf) else ""
    return f"{line}, {metric} {position.best:.4g}{f' ({others})' if others else ''}{warning}"
