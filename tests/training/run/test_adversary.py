import torch

from training.recipes.recipe import Budget, Crops, Optimization, Stage, Weights
from training.run.adversary import Adversary
from training.run.world import World

ALONE = World(0, 1, torch.device("cpu"))


def _stage(**rates):
    weights = Weights(adversarial=1.0)
    return Stage(
        name="only",
        budget=Budget(steps=1),
        crops=Crops(64, 4, (0.8, 1.0)),
        select="vivid ciede2000",
        weights=weights,
        optimization=Optimization(**rates),
    )


def test_the_adversary_learns_to_tell_gray_from_color_and_passes_gradients_to_the_generator():
    torch.manual_seed(0)
    adversary = Adversary(_stage(discriminator_rate=3e-3), 0, ALONE)
    lightness = torch.rand(4, 1, 64, 64) * 100
    truth = torch.randn(4, 2, 16, 16) * 30
    made = torch.zeros(4, 2, 16, 16, requires_grad=True)

    losses_of_the_judge = []
    for _ in range(30):
        losses = adversary.losses("adversarial", (lightness, truth), (lightness, made), scale=1.0)
        losses["adversarial"].backward()
        adversary.step(1.0)
        losses_of_the_judge.append(losses["adversarial_judge"].item())

    assert losses_of_the_judge[-1] < losses_of_the_judge[0] - 0.3
    assert made.grad.abs().sum() > 0


def test_a_seed_always_makes_the_same_adversary_and_leaves_the_global_random_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)

    first, second = (Adversary(_stage(), 1, ALONE).state_dict()["judges"] for _ in range(2))

    assert torch.equal(torch.rand(3), expected)
    for key, tensor in first.items():
        assert torch.equal(tensor, second[key])
