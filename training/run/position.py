"""How far a run has come, and which weights are the best so far. With the tensors, it is all that resuming needs."""

import math
from dataclasses import dataclass, field, replace

from training.scores.validation import Scores

INIT = "init"
"""Takes the place of a stage's name for the weights that the run started from."""


@dataclass(kw_only=True)
class Position:
    """`step` and `seconds` count from the start of the stage. Only the leading process has scores."""

    stage: int = 0
    step: int = 0
    total_steps: int = 0
    seconds: float = 0.0
    best: float = math.inf  # By the stage's metric; lower is better.
    worse: int = 0  # Number of validations since the best.
    init_scores: Scores = field(default_factory=dict)  # Of the initial weights, if the run has to beat them.
    best_scores: Scores = field(default_factory=dict)
    best_stage: str = ""
    best_step: int = 0

    def begin_with(self, scores: Scores, select: str) -> None:
        """Record the scores of the initial weights: only weights that score better become the best."""
        self.init_scores = scores
        self._choose(INIT, 0, scores, select)

    def judge(self, scores: Scores, stage: str, select: str) -> bool:
        """Record the scores of this step. Returns whether its weights are the best so far."""
        is_best = scores[select] < self.best
        if is_best:
            self._choose(stage, self.step, scores, select)
        else:
            self.worse += 1
        return is_best

    def entering(self, number: int, select: str) -> "Position":
        """The position at the start of a stage, which selects by its own metric, so an earlier best may not count.

        With initial weights to beat, the stage has to beat the better of these and of the best so far.
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
