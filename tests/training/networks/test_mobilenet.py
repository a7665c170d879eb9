import numpy as np
import torch
from safetensors.torch import save_file

from training.networks.mobilenet import MobileNet
from training.scores.frechet import frechet_distance


def test_weights_in_a_file_describe_as_they_did(tmp_path):
    torch.manual_seed(0)
    network = MobileNet().eval()
    save_file(network.encoder.state_dict(), tmp_path / "mobilenet.safetensors")
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)

    described = network.describe(picture)

    assert described.shape == (1280,)
    assert (MobileNet.load(tmp_path / "mobilenet.safetensors").describe(picture) == described).all()


def test_gray_pictures_are_farther_from_photographs_than_photographs_are():
    torch.manual_seed(0)
    network = MobileNet().eval()
    random = np.random.default_rng(0)
    tints = random.integers(0, 256, (16, 1, 1, 3))
    pictures = (tints * random.random((16, 32, 32, 1))).astype(np.uint8)
    gray = np.repeat(pictures.mean(axis=3, keepdims=True), 3, axis=3).astype(np.uint8)

    described = [[network.describe(picture) for picture in group] for group in (pictures, pictures + 1, gray)]

    assert frechet_distance(described[1], described[0]) < frechet_distance(described[2], described[0])
