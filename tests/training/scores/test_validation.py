import pytest
import torch
from torch import nn

from training.networks.squeezenet import SqueezeNet
from training.scores.lpips import LPIPS
from training.scores.validation import Judges, Validator, vivid_mix
from worker.colorizer.bins import ab_bins
from worker.colorizer.calibration import Calibration

MIX = Calibration(temperature=0.3, share=0.5, gain=1.2)


class Painter(nn.Module):
    """Predicts a single color for every picture: the ab head this color, the bin head the color of a bin."""

    def __init__(self, a, b, *, bin_number=0):
        super().__init__()
        self.bins = torch.from_numpy(ab_bins(10))
        self.color = torch.tensor([a, b]).view(1, 2, 1, 1)
        self.bin_number = bin_number

    def forward(self, lightness):
        cells = lightness[:, :1, ::4, ::4] * 0
        logits = cells.repeat(1, len(self.bins), 1, 1)
        logits[:, self.bin_number] = 50.0
        return logits, cells + self.color


@pytest.fixture(scope="module")
def validator(photographs):
    torch.manual_seed(0)
    judges = Judges(LPIPS().eval(), SqueezeNet().eval().requires_grad_(False))
    for weight in judges.lpips.weights:
        weight.data.fill_(1.0)
    return Validator(photographs[:3], MIX, judges, torch.device("cpu"))


def test_a_painter_without_color_scores_like_gray(validator):
    scores, _ = validator.score(Painter(0.0, 0.0))

    for name in ("psnr", "ciede2000", "colorfulness", "lpips"):
        assert scores[f"cautious {name}"] == pytest.approx(validator.gray[name])
    assert scores["cautious frechet"] == pytest.approx(1, rel=1e-4)


def test_the_vivid_row_is_the_mix_that_is_served(validator):
    painter = Painter(10.0, 0.0, bin_number=40)
    logits, ab = painter(torch.zeros(1, 1, 8, 8))

    mixed = vivid_mix(logits, ab, painter.bins, MIX)

    expected = 1.2 * (0.5 * painter.color.flatten() + 0.5 * painter.bins[40])
    assert mixed[0, :, 0, 0].tolist() == pytest.approx(expected.tolist(), abs=1e-3)


def test_the_rows_of_the_sheet_are_input_cautious_vivid_and_truth(validator):
    _, rows = validator.score(Painter(20.0, 20.0, bin_number=40))

    assert len(rows) == 3
    for source, cautious, vivid, truth in rows:
        assert (source[..., 0] == source[..., 1]).all()
        assert (cautious != vivid).any()
        assert source.shape == truth.shape == (256, 256, 3)


def test_without_judges_their_scores_are_left_out(photographs):
    validator = Validator(photographs[:2], MIX, Judges(), torch.device("cpu"))

    scores, _ = validator.score(Painter(0.0, 0.0))

    assert {name.split()[1] for name in scores} == {"psnr", "ciede2000", "colorfulness"}
