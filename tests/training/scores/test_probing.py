import pytest
import torch

from training.scores import probing
from training.scores.probing import features, fit_norms, linear_accuracy, recalls, split, standardized
from worker.colorizer.encoders import ENCODERS, MobileNetV2


@pytest.fixture
def random():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def clusters(random):
    """Four classes around centers: 80 points for training, 40 for validation."""
    centers = 3 * torch.randn(4, 6, generator=random)
    labels, truth = torch.arange(80) % 4, torch.arange(40) % 4
    return tuple(
        part
        for numbers in (labels, truth)
        for part in (centers[numbers] + torch.randn(len(numbers), 6, generator=random), numbers)
    )


@pytest.mark.parametrize("kind", ENCODERS.values(), ids=ENCODERS)
def test_all_stages_have_about_as_many_features_and_the_encoder_is_not_changed(kind):
    torch.manual_seed(0)
    encoder = kind().eval()
    before = {key: tensor.clone() for key, tensor in encoder.state_dict().items()}

    stages = features(encoder, torch.rand(3, 1, 128, 128) * 100)

    assert [len(stage) for stage in stages] == [3] * len(probing.STAGES)
    assert all(0.4 * probing.NUMBERS <= stage.shape[1] <= probing.NUMBERS for stage in stages)
    assert all(torch.equal(tensor, before[key]) for key, tensor in encoder.state_dict().items())


def test_batch_norms_of_random_weights_are_fitted_to_the_pictures():
    torch.manual_seed(0)
    encoder, lightness = MobileNetV2(), torch.rand(60, 1, 32, 32) * 100

    fit_norms(encoder, lightness)

    first = encoder.features[0]
    with torch.no_grad():
        normalized = first[1](first[0]((lightness / 100 - encoder.mean) / encoder.std))
    assert normalized.mean().abs() < 0.05
    assert normalized.std() == pytest.approx(1, abs=0.05)


def test_linearly_separable_classes_are_classified(clusters, random):
    x, labels, y, truth = clusters
    x, y = standardized(x, y)

    assert linear_accuracy(x, labels, y, truth, kept=torch.arange(80), random=random) > 0.9


def test_features_without_class_information_stay_near_chance(clusters, random):
    _, labels, _, truth = clusters
    x, y = torch.randn(80, 6, generator=random), torch.randn(40, 6, generator=random)

    assert linear_accuracy(x, labels, y, truth, kept=torch.arange(80), random=random) < 0.6


def test_only_the_kept_labels_are_used(clusters, random):
    """All others are wrong."""
    x, labels, y, truth = clusters
    kept = torch.arange(40)
    labels = torch.cat([labels[:40], (labels[40:] + 1) % 4])

    assert linear_accuracy(x, labels, y, truth, kept=kept, random=random) > 0.9


def test_recall_is_the_share_with_its_class_among_the_nearest():
    train = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    labels = torch.tensor([0, 1, 1])
    val = torch.tensor([[2.0, 0.0], [2.0, 0.0], [0.0, 3.0]])

    shares = recalls(train, labels, val, torch.tensor([0, 1, 0]), (1, 2))

    assert shares == pytest.approx({1: 1 / 3, 2: 2 / 3})


@pytest.mark.parametrize(("share", "drawn"), [(0.01, 1), (0.1, 2), (0.5, 10)])
def test_labels_are_drawn_evenly_from_the_classes(random, share, drawn):
    labels = torch.arange(80) % 4

    rest, part = split(labels, torch.arange(80), share, random)

    assert labels[part].bincount().tolist() == [drawn] * 4
    assert sorted([*rest.tolist(), *part.tolist()]) == list(range(80))


def test_a_class_with_one_label_is_on_both_sides(random):
    rest, part = split(torch.tensor([0, 1, 1]), torch.arange(3), 0.3, random)

    assert 0 in rest
    assert 0 in part


def test_other_seeds_draw_other_labels():
    labels = torch.arange(80) % 4
    generators = [torch.Generator().manual_seed(seed) for seed in (0, 0, 1)]

    drawn = {tuple(split(labels, torch.arange(80), 0.1, generator)[1].tolist()) for generator in generators}

    assert len(drawn) == 2


def test_with_fewer_pictures_than_features_the_solution_is_the_same(random):
    """Compares the solution in the span with plain gradient descent on all features."""
    x, labels = torch.randn(12, 30, generator=random, dtype=torch.float64), torch.arange(12) % 3

    (weights,) = probing._regressions(x.float(), labels, [0.1])

    slow = torch.zeros(31, 3, dtype=torch.float64, requires_grad=True)
    for _ in range(800):
        cost = torch.nn.functional.cross_entropy(x @ slow[:-1] + slow[-1], labels)
        (gradient,) = torch.autograd.grad(cost + 0.05 * slow[:-1].square().sum(), slow)
        slow = (slow - 0.1 * gradient).detach().requires_grad_(True)
    torch.testing.assert_close(weights.double() - weights.mean(1, True), slow - slow.mean(1, True), atol=0.02, rtol=0)
