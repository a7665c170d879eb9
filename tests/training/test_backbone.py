import pytest
import torch
from safetensors.torch import save_file

from training.backbone import load_backbone, normalize_filters
from worker.colorizer.network import Encoder


@pytest.fixture
def trained():
    """An encoder with statistics as training leaves them, nearly dead filters included."""
    torch.manual_seed(0)
    encoder = Encoder().double().eval()
    filters = [module for module in encoder.modules() if isinstance(module, torch.nn.Conv2d)]
    norms = [module for module in encoder.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for convolution, norm in zip(filters, norms, strict=True):
        norm.running_mean.normal_(0, 0.1)
        norm.running_var.uniform_(0.5, 2.0)[:2] = 1e-9
        convolution.weight.data[:2] *= 1e-4
    return encoder


def test_normalized_filters_are_the_same_function(trained):
    lightness = torch.rand(1, 1, 64, 64, dtype=torch.float64) * 100
    with torch.no_grad():
        before = trained(lightness)
        normalize_filters(trained)
        after = trained(lightness)

    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(one, other)


def test_after_normalizing_no_norm_magnifies(trained):
    normalize_filters(trained)

    norms = [module for module in trained.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert all(torch.allclose(norm.running_var + norm.eps, torch.ones((), dtype=torch.float64)) for norm in norms)


def test_weights_of_another_network_are_refused(tmp_path):
    save_file({"features.0.0.weight": torch.zeros(32, 3, 3, 3)}, tmp_path / "other.safetensors")

    with pytest.raises(RuntimeError, match="Missing key"):
        load_backbone(Encoder(), tmp_path / "other.safetensors")
