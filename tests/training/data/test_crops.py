import dataclasses
from collections import Counter

import numpy as np
import pytest
import torch

from training.data.crops import numbers_of_step, random_crops, whole_pictures
from training.data.photographs import AB_OFFSET, Photograph
from training.recipes.recipe import Augmentation, Crops
from worker.colorizer.color import lightness_from_luma
from worker.colorizer.hints import HINT_SCALE

CROPS = Crops(size=64, minibatch=5, coverage=(0.5, 1.0))
PLAIN = Augmentation(old_print_share=0.0, rotation_share=0.0, hint_share=0.0)
ALL = Augmentation(old_print_share=1.0, rotation_share=1.0, rotation=10.0, hint_share=1.0)


def _crops(photographs, *, augmentation=ALL, seed=7):
    numbers = range(len(photographs))
    return random_crops(
        photographs, numbers, crops=CROPS, augmentation=augmentation, random=np.random.default_rng(seed)
    )


def _flat(luma, a, b):
    return Photograph("flat", np.full((96, 128, 3), (luma, AB_OFFSET + a, AB_OFFSET + b), dtype=np.uint8))


def test_a_seed_always_gives_the_same_crops_and_another_seed_others(photographs):
    first, again, other = (_crops(photographs, seed=seed) for seed in (3, 3, 4))

    for tensor, same in zip(dataclasses.astuple(first), dataclasses.astuple(again), strict=True):
        assert torch.equal(tensor, same)
    assert not torch.equal(first.lightness, other.lightness)


def test_lightness_lies_in_range_and_labels_have_a_quarter_of_the_size(photographs):
    minibatch = _crops(photographs)

    assert minibatch.lightness.shape == (12, 1, 64, 64)
    assert minibatch.ab.shape == (12, 2, 16, 16)
    assert minibatch.hints.shape == (12, 3, 16, 16)
    assert minibatch.lightness.min() >= 0
    assert minibatch.lightness.max() <= 100.001


def test_each_photograph_comes_once_before_any_comes_twice():
    drawn = Counter(number for step in range(12) for number in numbers_of_step(12, 5, seed=0, step=step))

    assert set(drawn.values()) == {5}


def test_an_old_print_changes_the_input_and_never_the_label():
    aged = _crops([_flat(128, 30, -20)], augmentation=dataclasses.replace(PLAIN, old_print_share=1.0))

    assert aged.lightness.std() > 0
    assert aged.ab.unique().tolist() == [-20, 30]


def test_sharpening_makes_edges_of_the_input_steeper_and_never_changes_the_label():
    striped = _flat(128, 30, -20)
    striped.planes[:, ::16, 0] = 200
    plain = _crops([striped], augmentation=PLAIN)
    crisp = _crops([striped], augmentation=dataclasses.replace(PLAIN, sharpening_share=1.0))

    assert torch.equal(plain.ab, crisp.ab)
    assert crisp.lightness.diff(dim=3).abs().mean() > 1.1 * plain.lightness.diff(dim=3).abs().mean()


def test_a_rotated_crop_has_no_empty_corner():
    turned = dataclasses.replace(PLAIN, rotation_share=1.0, rotation=10.0)

    minibatch = _crops([_flat(128, 30, -20)] * 20, augmentation=turned)

    assert minibatch.lightness.unique().numel() == 1
    assert minibatch.ab.unique().tolist() == [-20, 30]


def test_hints_show_the_true_color():
    minibatch = _crops([_flat(128, 30, -20)] * 8, augmentation=dataclasses.replace(PLAIN, hint_share=1.0))

    mask, a, b = minibatch.hints.unbind(1)
    assert mask.flatten(1).max(dim=1).values.tolist() == [1] * 8
    assert a[mask > 0].unique().tolist() == [pytest.approx(30 / HINT_SCALE)]
    assert b[mask > 0].unique().tolist() == [pytest.approx(-20 / HINT_SCALE)]
    assert a[mask == 0].abs().max() == 0


def test_without_a_hint_share_there_are_no_hints(photographs):
    assert not _crops(photographs, augmentation=PLAIN).hints.any()


def test_a_whole_picture_is_the_input_that_serving_would_send():
    minibatch = whole_pictures([_flat(77, 8, 0)], 64)

    assert minibatch.lightness.unique().tolist() == [lightness_from_luma(np.uint8([77])).item()]
    assert minibatch.ab[0, 0].unique().tolist() == [8]
    assert not minibatch.hints.any()
