import numpy as np
import pytest
import torch
from torch import nn

from worker.colorizer.efficientnet import (
    EfficientNetLite,
    EfficientNetLite0,
    EfficientNetLite1,
    EfficientNetLite2,
    SameConv2d,
)


def _by_definition(x, kernel, stride):
    """TensorFlow's SAME: the output has ceil(length / stride) cells, and odd padding goes to the end."""
    height, width = x.shape
    side = len(kernel)
    out_height, out_width = -(-height // stride), -(-width // stride)
    total = [max((out - 1) * stride + side - n, 0) for out, n in ((out_height, height), (out_width, width))]
    padded = np.pad(x, [(missing // 2, missing - missing // 2) for missing in total])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side))[::stride, ::stride]
    return (windows[:out_height, :out_width] * kernel).sum((-1, -2))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("size", [(8, 12), (9, 13), (8, 11), (7, 6)])
def test_padding_is_tensorflows_at_even_and_odd_sizes(size, kernel, stride):
    torch.manual_seed(0)
    convolution = SameConv2d(1, 1, kernel, stride=stride).double()
    x = torch.rand(1, 1, *size, dtype=torch.float64)

    padded = convolution(x)[0, 0]

    reference = _by_definition(x[0, 0].numpy(), convolution.weight[0, 0].detach().numpy(), stride)
    np.testing.assert_allclose(padded.detach().numpy(), reference, rtol=0, atol=1e-12)


# Of the published networks, less the classifier's 1,281,000.
@pytest.mark.parametrize(
    ("kind", "parameters"),
    [(EfficientNetLite0, 3_371_008), (EfficientNetLite1, 4_135_680), (EfficientNetLite2, 4_811_072)],
)
def test_they_have_as_many_parameters_as_the_published_networks(kind, parameters):
    assert sum(parameter.numel() for parameter in kind().parameters()) == parameters


def test_lite2_is_named_and_shaped_as_its_published_weights():
    shapes = {key: tuple(tensor.shape) for key, tensor in EfficientNetLite2().state_dict().items()}

    assert shapes["features.0.0.weight"] == (32, 3, 3, 3)
    assert shapes["features.1.conv.0.weight"] == (32, 1, 3, 3)  # The first block does not expand.
    assert shapes["features.7.conv.3.weight"] == (288, 1, 5, 5)
    assert shapes["features.15.conv.6.weight"] == (120, 720, 1, 1)
    assert shapes["features.21.conv.7.running_var"] == (352,)
    assert shapes["features.22.0.weight"] == (1280, 352, 1, 1)


@pytest.mark.parametrize("kind", [EfficientNetLite0, EfficientNetLite2])
def test_maps_halve_from_stride_4_to_32(kind):
    maps = kind().eval()(torch.rand(1, 1, 64, 96) * 100)

    assert [tuple(features.shape[1:]) for features in maps] == [
        (kind.skip_channels[0], 16, 24),
        (kind.skip_channels[1], 8, 12),
        (kind.skip_channels[2], 4, 6),
        (1280, 2, 3),
    ]


def test_inputs_are_scaled_as_in_tensorflow():
    class Normalized(EfficientNetLite0):
        def maps(self, x):
            return [x]

    (normalized,) = Normalized()(torch.tensor([0.0, 100.0]).view(2, 1, 1, 1))

    torch.testing.assert_close(normalized, torch.tensor([-127 / 128, 1.0]).view(2, 1, 1, 1).expand(2, 3, 1, 1))


def test_under_autocast_depthwise_convolutions_keep_single_precision():
    encoder: EfficientNetLite = EfficientNetLite0().eval()
    kinds = {}

    def note(module, _inputs, output):
        kinds.setdefault(module.groups > 1, set()).add(output.dtype)

    for module in encoder.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(note)
    with torch.autocast("cpu", torch.bfloat16):
        encoder(torch.rand(1, 1, 64, 64) * 100)

    assert kinds == {False: {torch.bfloat16}, True: {torch.float32}}
