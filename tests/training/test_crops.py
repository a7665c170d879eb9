import dataclasses
from collections import Counter

import numpy as np
import torch

from training.crops import _numbers, random_crops, whole_pictures
from training.photographs import AB_OFFSET, Photograph
from training.recipe import Phase
from worker.colorizer.color import lightness_from_luma

PHASE = Phase(until=1.0, crop=64, minibatch=5, coverage=(0.5, 1.0))


def test_a_step_always_sees_the_same_crops_and_another_step_others(photographs):
    first, again, other = (
        random_crops(photographs, phase=PHASE, seed=7, step=step, old_print_share=0.5) for step in (3, 3, 4)
    )

    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])


def test_lightness_lies_in_range_and_labels_have_a_quarter_of_the_size(photographs):
    lightness, ab = random_crops(photographs, phase=PHASE, seed=0, step=0, old_print_share=1.0)

    assert lightness.shape == (5, 1, 64, 64)
    assert ab.shape == (5, 2, 16, 16)
    assert lightness.min() >= 0
    assert lightness.max() <= 100.001


def test_each_photograph_comes_once_before_any_comes_twice():
    drawn = Counter(number for step in range(12) for number in _numbers(12, 5, seed=0, step=step))

    assert set(drawn.values()) == {5}


def test_an_old_print_changes_the_input_and_never_the_label(photographs):
    plain, label = random_crops(photographs[:1], phase=_alone(), seed=0, step=0, old_print_share=0.0)
    flat = Photograph("flat", np.full((96, 96, 3), (128, AB_OFFSET + 30, AB_OFFSET - 20), dtype=np.uint8))
    aged, aged_label = random_crops([flat], phase=_alone(), seed=0, step=0, old_print_share=1.0)

    assert label.shape == aged_label.shape
    assert aged.std() > 0
    assert aged_label.unique().tolist() == [-20, 30]
    assert plain.shape == aged.shape


def test_a_whole_picture_goes_in_as_serving_would_send_it(photographs):
    flat = Photograph("flat", np.full((40, 60, 3), (77, AB_OFFSET + 8, AB_OFFSET), dtype=np.uint8))

    lightness, ab = whole_pictures([flat], 64)

    assert lightness.unique().tolist() == [lightness_from_luma(np.uint8([77])).item()]
    assert ab[0, 0].unique().tolist() == [8]


def _alone():
    return dataclasses.replace(PHASE, minibatch=1)
