"""From photographs to the generator's input and label: random crops for training, whole pictures for validation.

Crops depend on seed and step alone, so a resumed run sees the same ones as an uninterrupted run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator as Random
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor
from torch.nn import functional

from training.data.old_prints import imitate_old_print
from training.data.photographs import AB_OFFSET, Photograph
from training.data.simulated_hints import simulated_hints
from training.recipes.recipe import Augmentation, Crops
from worker.colorizer.color import lightness_from_luma
from worker.colorizer.hints import HINT_CHANNELS
from worker.colorizer.network import OUTPUT_STRIDE

_MAX_ASPECT = 4 / 3

Planes = NDArray[np.uint8]


@dataclass(frozen=True)
class Minibatch:
    """`lightness` [N, 1, s, s] in 0..100; at a quarter of the side the true `ab` [N, 2, ...] in Lab units and the
    `hints` [N, 3, ...] (`worker.colorizer.hints`), zero where there is no hint.
    """

    lightness: Tensor
    ab: Tensor
    hints: Tensor

    def __len__(self) -> int:
        return len(self.lightness)

    def to(self, device: torch.device) -> "Minibatch":
        return Minibatch(self.lightness.to(device), self.ab.to(device), self.hints.to(device))


def random_crops(
    photographs: Sequence[Photograph],
    numbers: Sequence[int],
    *,
    crops: Crops,
    augmentation: Augmentation,
    random: Random,
) -> Minibatch:
    """A minibatch of random crops of the photographs with these numbers."""
    planes = [_random_crop(photographs[number].planes, crops, augmentation, random) for number in numbers]
    lumas = [_input(plane[..., 0], augmentation, random) for plane in planes]
    lightness, ab = _pair(lumas, planes)
    hints = np.stack([simulated_hints(truth.numpy(), random, share=augmentation.hint_share) for truth in ab])
    return Minibatch(lightness, ab, torch.from_numpy(hints))


def whole_pictures(photographs: Sequence[Photograph], size: int) -> Minibatch:
    """Whole photographs, squeezed to a square of side `size`, without augmentation and without hints."""
    planes = [_resize(photograph.planes, size, None) for photograph in photographs]
    lightness, ab = _pair([plane[..., 0] for plane in planes], planes)
    return Minibatch(lightness, ab, ab.new_zeros(len(ab), HINT_CHANNELS, *ab.shape[2:]))


def numbers_of_step(count: int, minibatch: int, *, seed: int, step: int) -> list[int]:
    """The photographs of a step. Each comes once before any comes twice, while the minibatch size stays the same."""
    first = step * minibatch
    orders = {
        epoch: np.random.default_rng((seed, 1, epoch)).permutation(count)
        for epoch in range(first // count, (first + minibatch - 1) // count + 1)
    }
    return [int(orders[place // count][place % count]) for place in range(first, first + minibatch)]


def _random_crop(planes: Planes, crops: Crops, augmentation: Augmentation, random: Random) -> Planes:
    if random.random() < augmentation.rotation_share:
        planes = _rotated(planes, random.uniform(-augmentation.rotation, augmentation.rotation))
    height, width = planes.shape[:2]
    side = min(height, width) * random.uniform(*crops.coverage)
    stretch = _MAX_ASPECT ** random.uniform(-0.5, 0.5)
    crop_width = min(side * stretch * (width / height) ** 0.25, width)
    crop_height = min(side / stretch * (height / width) ** 0.25, height)
    left = random.uniform(0, width - crop_width)
    top = random.uniform(0, height - crop_height)
    crop = _resize(planes, crops.size, (left, top, left + crop_width, top + crop_height))
    return crop[:, ::-1] if random.random() < 0.5 else crop


def _rotated(planes: Planes, degrees: float) -> Planes:
    """Rotated, and cropped to the largest centered part of the same aspect ratio without empty corners."""
    turned = Image.fromarray(planes).rotate(degrees, Image.Resampling.BICUBIC)
    width, height = turned.size
    angle = np.radians(abs(degrees))
    kept = 1 / (np.cos(angle) + np.sin(angle) * max(width / height, height / width))
    left, top = np.ceil((1 - kept) / 2 * width), np.ceil((1 - kept) / 2 * height)
    return np.asarray(turned.crop((int(left), int(top), int(width - left), int(height - top))))


def _resize(planes: Planes, size: int, box: tuple[float, float, float, float] | None) -> Planes:
    image = Image.fromarray(planes)
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC, box=box))


def _input(luma: Planes, augmentation: Augmentation, random: Random) -> Planes:
    if augmentation.sharpening_share and random.random() < augmentation.sharpening_share:
        luma = _sharpened(luma, random)
    if random.random() >= augmentation.old_print_share:
        return luma
    return imitate_old_print(luma, random, wear_share=augmentation.wear_share)


def _sharpened(luma: Planes, random: Random) -> Planes:
    mask = ImageFilter.UnsharpMask(random.uniform(0.5, 1.5), percent=int(random.integers(30, 151)), threshold=0)
    return np.asarray(Image.fromarray(luma).filter(mask))


def _pair(lumas: Sequence[Planes], planes: Sequence[Planes]) -> tuple[Tensor, Tensor]:
    lightness = torch.from_numpy(lightness_from_luma(np.stack(lumas))).unsqueeze(1)
    ab = np.stack([plane[..., 1:] for plane in planes]).astype(np.float32) - AB_OFFSET
    return lightness, functional.avg_pool2d(torch.from_numpy(ab).permute(0, 3, 1, 2), OUTPUT_STRIDE)
