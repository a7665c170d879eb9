import torch

from training.losses.adversarial import discriminator_loss, generator_loss


def test_the_hinge_loss_is_zero_beyond_the_margin():
    sure, unsure = [torch.tensor([2.0])], [torch.tensor([0.0])]

    assert discriminator_loss(real=sure, fake=[-sure[0]]) == 0
    assert discriminator_loss(real=unsure, fake=unsure) == 2
    assert generator_loss(sure) < generator_loss(unsure)


def test_all_maps_of_scores_have_the_same_weight():
    small, large = torch.full((1, 1, 2, 2), 2.0), torch.full((1, 1, 8, 8), -2.0)

    assert generator_loss([small, large]) == 0
