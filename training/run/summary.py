"""The last words of a run: where its weights are, which step was the best, and what that is worth."""

from training.run.position import INIT
from training.run.trainer import Trainer


def last_words(trainer: Trainer, reason: str, init: str | None = None) -> str:
    """A line each: how to go on if it was stopped, and what `best` holds if anything was scored.

    `init` is the name of the checkpoint that the run began with.
    """
    position, words = trainer.position, []
    if reason == "stopped":
        words.append(f"stopped at step {position.step} of {trainer.stage.name}: run the same command again to go on")
    if position.best_stage:
        words.append(_of_the_best(trainer, init))
    return "\n".join(words)


def _of_the_best(trainer: Trainer, init: str | None) -> str:
    position, metric = trainer.position, trainer.stage.select
    path = trainer.folder.path / "best.safetensors"
    if position.best_stage == INIT:
        line = f"{path}: nothing was better than {init}, whose weights it holds"
    else:
        line = f"{path}: step {position.best_step} of {position.best_stage}"
    gray = trainer.validator.gray if trainer.validator else {}
    known = {str(init): position.init_scores.get(metric), "gray": gray.get(metric.split()[1])}
    others = ", ".join(f"{name} {score:.4g}" for name, score in known.items() if score is not None)
    return f"{line}, {metric} {position.best:.4g}{f' ({others})' if others else ''}"
