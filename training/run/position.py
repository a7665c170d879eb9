"""How far a run has come, and which weights are the best so far: with the tensors, all there is to resume."""

import math
from dataclasses import dataclass, field, replace

from training.scores.validation import Scores

INIT = "init"
"""Stands for a stage's name where weights are those that the run began with."""


@dataclass
class Position:
    """Steps and seconds are the stage's. Scores are the leading process's; the others have none."""

    stage: int = 0
    step: int = 0
    total_steps: int = 0
    seconds: float = 0.0
    best: float = math.inf  # By the stage's own metric; less is better.
    worse: int = 0  # Validations since the best.
    init_scores: Scores = field(default_factory=dict)  # Of the weights to beat; empty if there are none.
    best_scores: Scores = field(default_factory=dict)
    best_stage: str = ""
    best_step: int = 0

    def begin_with(self, scores: Scores, select: str) -> None:
        """The weights that the run began with score so: only what is better becomes the best."""
        self.init_scores = scores
        self._choose(INIT, 0, scores, select)

    def judge(self, scores: Scores, stage: str, select: str) -> bool:
        """Whether the weights of this step are the best so far; if so they are remembered as such."""
        is_best = scores[select] < self.best
        if is_best:
            self._choose(stage, self.step, scores, select)
        else:
            self.worse += 1
        return is_best

    def entering(self, number: int, select: str) -> "Position":
        """The beginning of a stage. It chooses by its own metric, so that the best of the stage before may not count.

        With weights to beat, the better of them and of the best so far is what the stage has to beat.
        """
        if not self.init_scores:
            return Position(stage=number, total_steps=self.total_steps)
        entered = replace(self, stage=number, step=0, seconds=0.0, worse=0)
        if self.init_scores[select] < self.best_scores[select]:
            entered._choose(INIT, 0, self.init_scores, select)
        entered.best = entered.best_scores[select]
        return entered

    def _choose(self, stage: str, step: int, scores: Scores, select: str) -> None:
        self.best, self.worse = scores[select], 0
        self.best_stage, self.best_step, self.best_scores = stage, step, scores
