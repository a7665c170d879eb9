import numpy as np
import torch

from training.networks.squeezenet import SqueezeNet


def test_a_picture_is_described_by_512_numbers():
    torch.manual_seed(0)

    described = SqueezeNet().eval().describe(np.zeros((64, 64, 3), dtype=np.uint8))

    assert described.shape == (512,)
