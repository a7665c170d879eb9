import pytest
import torch

from training.losses.adversary import Adversary
from training.networks.discriminator import JUDGED_MAPS, FeatureJudge, PatchJudge, discriminator_loss, generator_loss
from training.recipes.recipe import Budget, Crops, Optimization, Stage, Weights
from training.run.world import World

ALONE = World(0, 1, torch.device("cpu"))


def test_each_score_judges_a_patch_of_its_own():
    torch.manual_seed(0)
    judge = PatchJudge(width=8).eval()
    lightness, ab = torch.rand(1, 1, 256, 256) * 100, torch.randn(1, 2, 64, 64) * 20
    touched = ab.clone()
    touched[..., :4, :4] += 50

    (scores,) = judge(lightness, ab)
    change = (scores - judge(lightness, touched)[0]).abs()[0, 0]

    assert scores.shape == (1, 1, 16, 16)
    assert change[0, 0] > 1e-5
    assert change[8:, 8:].max() < 1e-6


def test_the_verdict_depends_on_the_lightness():
    torch.manual_seed(0)
    judge = PatchJudge(width=8).eval()
    ab = torch.randn(1, 2, 16, 16) * 20

    (dark,), (light,) = (judge(torch.full((1, 1, 64, 64), value), ab) for value in (10.0, 90.0))

    assert not torch.allclose(dark, light, atol=1e-4)


def test_no_layer_can_magnify():
    torch.manual_seed(0)
    judge = PatchJudge(width=8)
    judge(torch.zeros(1, 1, 64, 64), torch.zeros(1, 2, 16, 16))

    for layer in judge.layers[::2]:
        layer.train()
        for _ in range(30):
            weight = layer.weight
        assert torch.linalg.matrix_norm(weight.flatten(1), 2).item() == pytest.approx(1, abs=0.05)


def test_the_hinge_asks_for_no_more_than_a_margin():
    sure, unsure = [torch.tensor([2.0])], [torch.tensor([0.0])]

    assert discriminator_loss(real=sure, fake=[-sure[0]]) == 0
    assert discriminator_loss(real=unsure, fake=unsure) == 2
    assert generator_loss(sure) < generator_loss(unsure)


def test_every_map_of_scores_counts_the_same():
    small, large = torch.full((1, 1, 2, 2), 2.0), torch.full((1, 1, 8, 8), -2.0)

    assert generator_loss([small, large]) == 0


def test_a_judge_of_features_scores_each_judged_map():
    judge = FeatureJudge(width=4)
    maps = [torch.randn(2, JUDGED_MAPS.get(number, 1), 8, 8) for number in range(7)]

    scores = judge(*maps)

    assert [tuple(one.shape) for one in scores] == [(2, 1, 8, 8)] * len(JUDGED_MAPS)


def _stage(**rates):
    weights = Weights(adversarial=1.0)
    return Stage("only", Budget(steps=1), Crops(64, 4, (0.8, 1.0)), "vivid ciede2000", weights, Optimization(**rates))


def test_the_adversary_learns_to_tell_gray_from_color_and_leaves_the_gradient_to_the_generator():
    torch.manual_seed(0)
    adversary = Adversary(_stage(discriminator_rate=3e-3), 0, ALONE)
    lightness = torch.rand(4, 1, 64, 64) * 100
    truth = torch.randn(4, 2, 16, 16) * 30
    made = torch.zeros(4, 2, 16, 16, requires_grad=True)

    verdicts = []
    for _ in range(30):
        losses = adversary.losses("adversarial", (lightness, truth), (lightness, made), scale=1.0)
        losses["adversarial"].backward()
        adversary.step(1.0)
        verdicts.append(losses["adversarial_judge"].item())

    assert verdicts[-1] < verdicts[0] - 0.3
    assert made.grad.abs().sum() > 0


def test_the_same_seed_makes_the_same_adversary_and_leaves_the_others_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)

    first, second = (Adversary(_stage(), 1, ALONE).state_dict()["judges"] for _ in range(2))

    assert torch.equal(torch.rand(3), expected)
    for key, tensor in first.items():
        assert torch.equal(tensor, second[key])
