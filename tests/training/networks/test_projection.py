import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from training.networks.projection import PROJECTED_MAPS, Projection, blurred
from worker.colorizer.efficientnet import EfficientNetLite0, EfficientNetLite2
from worker.colorizer.encoder import Encoder


@pytest.fixture
def projection():
    torch.manual_seed(0)
    return Projection(EfficientNetLite0())


def test_it_gives_the_named_maps_at_their_strides(projection):
    maps = projection(torch.rand(2, 3, 64, 96))

    shapes = [tuple(depth.shape) for depth in maps]
    assert shapes == [(2, 32, 16, 24), (2, 64, 8, 12), (2, 128, 4, 6), (2, 256, 2, 3)]
    assert [shape[1] for shape in shapes] == list(PROJECTED_MAPS.values())


def test_gradients_reach_the_picture_and_nothing_learns(projection):
    picture = torch.rand(1, 3, 64, 64, requires_grad=True)

    torch.stack([depth.square().mean() for depth in projection.train()(picture)]).sum().backward()

    assert picture.grad.abs().max() > 0
    assert not any(parameter.requires_grad for parameter in projection.parameters())
    assert not any(module.training for module in projection.modules())


class _Scaled(Encoder):
    """Its maps are the picture at the four strides, each as large as it is set to."""

    skip_channels, top_channels = (3, 3, 3), 3
    scales = (1.0, 1.0, 1.0, 1.0)

    def maps(self, x):
        return [functional.avg_pool2d(x, 4 * 2**depth) * scale for depth, scale in enumerate(self.scales)]

    def early_layers(self):
        return []


def test_no_depth_outweighs_another():
    picture, encoder = torch.rand(2, 3, 64, 64), _Scaled()
    alike = Projection(encoder)(picture)

    encoder.scales = (30.0, 1.0, 5.0, 0.1)

    for scaled, expected in zip(Projection(encoder)(picture), alike, strict=True):
        torch.testing.assert_close(scaled, expected, rtol=1e-3, atol=1e-3)


def test_deep_features_are_mixed_into_shallow_ones():
    picture, projection = torch.rand(1, 3, 64, 64), Projection(_Scaled())
    before = projection(picture)
    projection.across[-1].weight.neg_()

    for mixed, unchanged in zip(projection(picture), before, strict=True):
        assert (mixed - unchanged).abs().max() > 0.1


def test_a_resumed_run_is_judged_by_the_same_mix(projection):
    torch.manual_seed(7)
    again = Projection(EfficientNetLite0())

    for first, second in zip(projection.across, again.across, strict=True):
        assert torch.equal(first.weight, second.weight)


def test_weights_are_read_strictly(tmp_path):
    save_file(EfficientNetLite2().state_dict(), tmp_path / "lite2.safetensors")
    save_file(EfficientNetLite0().state_dict(), tmp_path / "lite0.safetensors")

    Projection.load(tmp_path / "lite2.safetensors")
    with pytest.raises(ValueError, match="EfficientNet-Lite2"):
        Projection.load(tmp_path / "lite0.safetensors")


def test_blur_takes_detail_and_leaves_the_mean():
    picture = torch.rand(1, 3, 32, 32)

    soft = blurred(picture, 2.0)

    assert torch.equal(blurred(picture, 0.0), picture)
    assert soft.shape == picture.shape
    assert soft.std() < 0.3 * picture.std()
    assert soft.mean().item() == pytest.approx(picture.mean().item(), abs=0.02)


def test_blur_leaves_a_flat_picture_to_its_edges():
    torch.testing.assert_close(blurred(torch.full((1, 3, 16, 16), 0.3), 3.0), torch.full((1, 3, 16, 16), 0.3))
