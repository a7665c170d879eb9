"""From photographs to the generator's input and label: random crops for training, whole pictures for validation.

A function of (seed, step) alone, so that a resumed run sees what an undisturbed one would have seen.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator as Random
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor
from torch.nn import functional

from training.photographs import AB_OFFSET, Photograph
from training.recipe import Phase
from worker.colorizer.color import lightness_from_luma
from worker.colorizer.network import OUTPUT_STRIDE

_MAX_ASPECT = 4 / 3

Pair = tuple[Tensor, Tensor]


def random_crops(
    photographs: Sequence[Photograph], *, phase: Phase, seed: int, step: int, old_print_share: float
) -> Pair:
    """The minibatch of a step: lightness [N, 1, s, s] in 0..100 and its ab [N, 2, s/4, s/4] in Lab units."""
    random = np.random.default_rng((seed, step))
    picked = [photographs[number] for number in _numbers(len(photographs), phase.minibatch, seed, step)]
    planes = [_random_crop(photograph, phase, random) for photograph in picked]
    lumas = [_age(plane[..., 0], random) if random.random() < old_print_share else plane[..., 0] for plane in planes]
    return _pair(lumas, planes)


def whole_pictures(photographs: Sequence[Photograph], size: int) -> Pair:
    """The same for whole photographs, squeezed to a square of side `size`."""
    planes = [_resize(photograph.planes, size, None) for photograph in photographs]
    return _pair([plane[..., 0] for plane in planes], planes)


def _numbers(count: int, minibatch: int, seed: int, step: int) -> list[int]:
    """Each photograph once before any comes twice, as far as the minibatch size stays the same."""
    first = step * minibatch
    orders = {
        epoch: np.random.default_rng((seed, 1, epoch)).permutation(count)
        for epoch in range(first // count, (first + minibatch - 1) // count + 1)
    }
    return [int(orders[place // count][place % count]) for place in range(first, first + minibatch)]


def _random_crop(photograph: Photograph, phase: Phase, random: Random) -> NDArray[np.uint8]:
    height, width = photograph.planes.shape[:2]
    side = min(height, width) * random.uniform(*phase.coverage)
    stretch = _MAX_ASPECT ** random.uniform(-0.5, 0.5)
    crop_width = min(side * stretch * (width / height) ** 0.25, width)
    crop_height = min(side / stretch * (height / width) ** 0.25, height)
    left = random.uniform(0, width - crop_width)
    top = random.uniform(0, height - crop_height)
    planes = _resize(photograph.planes, phase.crop, (left, top, left + crop_width, top + crop_height))
    return planes[:, ::-1] if random.random() < 0.5 else planes


def _resize(planes: NDArray[np.uint8], size: int, box: tuple[float, float, float, float] | None) -> NDArray[np.uint8]:
    image = Image.fromarray(planes)
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC, box=box))


def _age(luma: NDArray[np.uint8], random: Random) -> NDArray[np.uint8]:
    """A light imitation of an old print: soft, faded or hard, grainy. The label stays as it was."""
    image = Image.fromarray(np.ascontiguousarray(luma))
    if random.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.2)))
    tone = np.asarray(image, dtype=np.float32) / 255
    tone = tone ** np.exp(random.uniform(-0.35, 0.35))
    black, white = random.uniform(0, 0.12), random.uniform(0.85, 1.0)
    tone = black + (white - black) * tone
    tone += random.normal(0, random.uniform(0, 0.03), tone.shape).astype(np.float32)
    return np.asarray(np.clip(np.rint(tone * 255), 0, 255), dtype=np.uint8)


def _pair(lumas: Sequence[NDArray[np.uint8]], planes: Sequence[NDArray[np.uint8]]) -> Pair:
    lightness = torch.from_numpy(lightness_from_luma(np.stack(lumas))).unsqueeze(1)
    ab = np.stack([plane[..., 1:] for plane in planes]).astype(np.float32) - AB_OFFSET
    return lightness, functional.avg_pool2d(torch.from_numpy(ab).permute(0, 3, 1, 2), OUTPUT_STRIDE)
