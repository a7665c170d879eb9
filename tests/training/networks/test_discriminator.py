import pytest
import torch

from training.networks.discriminator import JUDGED_MAPS, FeatureJudge, PatchJudge
from training.networks.projection import PROJECTED_MAPS, Projection
from worker.colorizer.efficientnet import EfficientNetLite0


def test_each_score_depends_on_its_patch_alone():
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


def test_scores_depend_on_the_lightness():
    torch.manual_seed(0)
    judge = PatchJudge(width=8).eval()
    ab = torch.randn(1, 2, 16, 16) * 20

    (dark,), (light,) = (judge(torch.full((1, 1, 64, 64), value), ab) for value in (10.0, 90.0))

    assert not torch.allclose(dark, light, atol=1e-4)


def test_no_layer_amplifies():
    torch.manual_seed(0)
    judge = PatchJudge(width=8)
    judge(torch.zeros(1, 1, 64, 64), torch.zeros(1, 2, 16, 16))

    for layer in judge.layers[::2]:
        layer.train()
        for _ in range(30):
            weight = layer.weight
        assert torch.linalg.matrix_norm(weight.flatten(1), 2).item() == pytest.approx(1, abs=0.05)


def test_the_feature_judge_scores_each_judged_map():
    judge = FeatureJudge(JUDGED_MAPS, width=4)
    maps = [torch.randn(2, JUDGED_MAPS.get(number, 1), 8, 8) for number in range(7)]

    scores = judge(*maps)

    assert [tuple(scored.shape) for scored in scores] == [(2, 1, 8, 8)] * len(JUDGED_MAPS)


def test_it_scores_projected_features_at_all_depths():
    judge = FeatureJudge(PROJECTED_MAPS, width=4)

    scores = judge(*Projection(EfficientNetLite0())(torch.rand(2, 3, 64, 64)))

    assert [tuple(scored.shape) for scored in scores] == [(2, 1, side, side) for side in (16, 8, 4, 2)]
