"""From lightness to chroma: the network and its checkpoints. Tensors and numbers only: no pictures, no jobs."""

from worker.colorizer.calibration import MAX_VIVIDNESS
from worker.colorizer.checkpoint import CheckpointError
from worker.colorizer.color import lightness_from_luma
from worker.colorizer.colorizer import Colorizer
from worker.colorizer.draws import ESTIMATE, Draw
from worker.colorizer.hints import Hint

__all__ = ["ESTIMATE", "MAX_VIVIDNESS", "CheckpointError", "Colorizer", "Draw", "Hint", "lightness_from_luma"]
