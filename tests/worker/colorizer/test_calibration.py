import pytest
import torch

from worker.colorizer.bins import annealed_mean
from worker.colorizer.calibration import Calibration, calibrated_mix

BINS = torch.tensor([[0.0, 0.0], [60.0, 0.0], [0.0, -60.0]])


@pytest.fixture
def heads():
    """Logits over the bins and the cautious ab."""
    random = torch.Generator().manual_seed(0)
    return torch.randn((2, 3, 4, 5), generator=random), 20 * torch.randn((2, 2, 4, 5), generator=random)


def test_the_mix_runs_from_the_cautious_ab_to_the_annealed_mean(heads):
    logits, cautious = heads
    vivid = annealed_mean(logits, BINS, 0.4)

    none, half, whole = (calibrated_mix(*heads, BINS, temperature=0.4, share=share) for share in (0.0, 0.5, 1.0))

    assert torch.equal(none, cautious)
    torch.testing.assert_close(half, (cautious + vivid) / 2)
    torch.testing.assert_close(whole, vivid)


def test_the_mix_is_clipped_to_the_ab_plane(heads):
    _, cautious = heads

    mix = calibrated_mix(*heads, BINS, temperature=0.4, share=0.0, gain=4.0)

    assert mix.abs().max() == 110
    within = (4 * cautious).abs() <= 110
    torch.testing.assert_close(mix[within], 4 * cautious[within])


@pytest.mark.parametrize("most_gain", [None, 2.0])
@pytest.mark.parametrize("vividness", [0.0, 0.4, 1.0, 1.5])
def test_a_tensor_of_vividness_gives_the_same_mix(heads, vividness, most_gain):
    calibration = Calibration(temperature=0.3, share=0.8, gain=1.4, least_share=0.2, most_gain=most_gain)

    mixes = [
        calibrated_mix(*heads, BINS, temperature=0.3, share=calibration.share_at(v), gain=calibration.gain_at(v))
        for v in (vividness, torch.tensor(vividness))
    ]

    torch.testing.assert_close(*mixes)


def test_vividness_runs_between_the_ends_of_the_calibration():
    calibration = Calibration(share=0.8, gain=1.4, least_share=0.2)

    assert (calibration.gain_at(0.0), calibration.share_at(0.0)) == (1.0, 0.2)
    assert (calibration.gain_at(1.0), calibration.share_at(1.0)) == pytest.approx((1.4, 0.8))
    assert calibration.share_at(1.5) == 1.0


def test_beyond_1_the_gain_rises_to_its_most():
    steady, rising = Calibration(gain=1.1), Calibration(gain=1.1, most_gain=1.4)

    assert [steady.gain_at(v) for v in (0.5, 1.0, 1.5)] == pytest.approx([1.05, 1.1, 1.15])
    assert [rising.gain_at(v) for v in (0.5, 1.0, 1.25, 1.5)] == pytest.approx([1.05, 1.1, 1.25, 1.4])
