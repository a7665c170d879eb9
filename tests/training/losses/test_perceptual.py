import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from training.losses.perceptual import PerceptualLoss


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Files with the published names and shapes, filled with random weights."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("weights")
    untrained = PerceptualLoss()
    save_file(untrained.features.state_dict(), folder / "squeezenet1_1_lpips_features.safetensors")
    heads = {f"lin{number}.model.1.weight": torch.rand_like(head) for number, head in enumerate(untrained.weights)}
    save_file(heads, folder / "lpips_squeeze_lin.safetensors")
    return folder


def test_only_equal_pictures_have_distance_zero(weights):
    loss = PerceptualLoss.load(weights)
    picture = torch.rand(2, 3, 64, 64)

    assert loss(picture, picture).item() == pytest.approx(0, abs=1e-6)
    assert loss(picture, picture.flip(3)).item() > loss(picture, picture * 0.98).item() > 0


def test_the_distance_is_that_of_features_of_length_one(weights):
    loss = PerceptualLoss.load(weights)
    maps, target = loss.maps(torch.rand(2, 3, 64, 64)), loss.maps(torch.rand(2, 3, 64, 64))

    by_definition = sum(
        ((functional.normalize(x, dim=1) - functional.normalize(y, dim=1)) ** 2 * weight).sum(dim=1).mean()
        for weight, x, y in zip(loss.weights, maps, target, strict=True)
    )

    torch.testing.assert_close(loss.distance(maps, target), by_definition, rtol=1e-4, atol=1e-6)


def test_gradients_flow_to_the_picture_alone(weights):
    loss = PerceptualLoss.load(weights)
    picture = torch.rand(1, 3, 64, 64, requires_grad=True)

    loss(picture, torch.rand(1, 3, 64, 64)).backward()

    assert picture.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in loss.parameters())


def test_weights_of_another_network_are_refused(weights, tmp_path):
    (tmp_path / "lpips_squeeze_lin.safetensors").write_bytes((weights / "lpips_squeeze_lin.safetensors").read_bytes())
    save_file({"0.weight": torch.zeros(3)}, tmp_path / "squeezenet1_1_lpips_features.safetensors")

    with pytest.raises(ValueError, match="does not hold the weights"):
        PerceptualLoss.load(tmp_path)
