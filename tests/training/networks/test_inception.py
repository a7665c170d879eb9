import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from training.networks.inception import Inception


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return Inception().eval()


def test_it_has_as_many_parameters_as_the_published_network_without_its_classifier(network):
    """Keras counts 21,768,352 for Inception v3 without top, where its 17,216 norms have no scale of their own."""
    assert sum(parameter.numel() for parameter in network.parameters()) == 21_768_352 + 17_216


def test_any_picture_is_described_by_2048_numbers(network):
    random = np.random.default_rng(0)
    small, large = (random.integers(0, 256, (*size, 3), dtype=np.uint8) for size in ((40, 64), (320, 300)))

    assert network.describe(small).shape == (2048,)
    assert not np.allclose(network.describe(small), network.describe(large))


def test_published_weights_load_without_their_classifier(network, tmp_path):
    published = {key: tensor for key, tensor in network.state_dict().items() if "num_batches" not in key}
    save_file(published | {"fc.weight": torch.zeros(1008, 2048)}, tmp_path / "inception.safetensors")

    loaded = Inception.load(tmp_path / "inception.safetensors")

    gray = np.full((64, 64, 3), 100, dtype=np.uint8)
    np.testing.assert_array_equal(loaded.describe(gray), network.describe(gray))


def test_weights_of_another_network_are_refused(tmp_path):
    save_file({"features.0.weight": torch.zeros(1)}, tmp_path / "other.safetensors")

    with pytest.raises(ValueError, match="does not hold the weights"):
        Inception.load(tmp_path / "other.safetensors")
