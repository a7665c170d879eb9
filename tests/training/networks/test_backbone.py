import pytest
import torch
from safetensors.torch import save_file

from training.networks.backbone import load_backbone, normalize_filters
from worker.colorizer.encoders import ENCODERS, MobileNetV2, ResNet50V2


@pytest.fixture
def trained():
    """An encoder with the statistics of a trained one, nearly dead filters included."""
    torch.manual_seed(0)
    encoder = MobileNetV2().double().eval()
    filters = [module for module in encoder.modules() if isinstance(module, torch.nn.Conv2d)]
    norms = [module for module in encoder.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for convolution, norm in zip(filters, norms, strict=True):
        norm.running_mean.normal_(0, 0.1)
        norm.running_var.uniform_(0.5, 2.0)[:2] = 1e-9
        convolution.weight.data[:2] *= 1e-4
    return encoder


def test_normalizing_filters_keeps_the_function(trained):
    lightness = torch.rand(1, 1, 64, 64, dtype=torch.float64) * 100
    with torch.no_grad():
        before = trained(lightness)
        normalize_filters(trained)
        after = trained(lightness)

    for maps, normalized in zip(before, after, strict=True):
        torch.testing.assert_close(maps, normalized)


def test_after_normalizing_no_norm_amplifies(trained):
    normalize_filters(trained)

    norms = [module for module in trained.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert all(torch.allclose(norm.running_var + norm.eps, torch.ones((), dtype=torch.float64)) for norm in norms)


@pytest.mark.parametrize("kind", ENCODERS.values(), ids=ENCODERS)
def test_published_weights_fill_all_published_parts(kind, tmp_path):
    torch.manual_seed(0)
    published = {key: tensor for key, tensor in kind().state_dict().items() if not key.startswith(kind.unpublished)}
    save_file(published, tmp_path / "published.safetensors")
    encoder = kind()

    notice = load_backbone(encoder, tmp_path / "published.safetensors")

    lightness = torch.rand(1, 1, 64, 64) * 100
    reference = kind()
    reference.load_state_dict(published | {k: v for k, v in encoder.state_dict().items() if k not in published})
    for maps, expected in zip(encoder.eval()(lightness), reference.eval()(lightness), strict=True):
        torch.testing.assert_close(maps, expected, rtol=1e-3, atol=1e-4)
    assert kind.title in notice


def test_weights_of_another_network_are_refused(tmp_path):
    save_file({"features.0.0.weight": torch.zeros(32, 3, 3, 3)}, tmp_path / "other.safetensors")
    save_file(ResNet50V2().state_dict(), tmp_path / "resnet.safetensors")

    for name in ("other", "resnet"):
        with pytest.raises(ValueError, match="another network"):
            load_backbone(MobileNetV2(), tmp_path / f"{name}.safetensors")
