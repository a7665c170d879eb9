"""The objective of a stage: the parts of the generator's loss, weighted by the recipe.

The cautious head is compared with the truth, and with its features. The vivid mix, which is served at vividness 1, is
also compared by features and judged by the adversary. These gradients do not reach the cautious head, which would
otherwise become vivid to improve the mix.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from training.data.crops import Minibatch
from training.losses.blemishes import blotches, violet
from training.losses.composing import rgb_from_prediction
from training.losses.perceptual import PerceptualLoss
from training.losses.reconstruction import ReconstructionLoss
from training.networks.projection import Projection, blurred
from training.recipes.recipe import Stage
from training.run.adversary import Adversary
from training.scores.validation import vivid_mix
from worker.colorizer.calibration import Calibration
from worker.colorizer.network import Generator


class Objective:
    """The loss of one stage; `perceptual`, `projection` and `adversary` are given if its weights need them."""

    def __init__(
        self,
        stage: Stage,
        calibration: Calibration,
        reconstruction: ReconstructionLoss,
        *,
        perceptual: PerceptualLoss | None,
        projection: Projection | None,
        adversary: Adversary | None,
        bf16: bool,
    ) -> None:
        self._weights, self._share = stage.weights, 1 / stage.crops.accumulate
        self._calibration, self._reconstruction = calibration, reconstruction
        self._perceptual, self._projection, self.adversary = perceptual, projection, adversary
        self._optimization = stage.optimization
        self._bf16 = bf16

    def losses(self, generator: Generator, minibatch: Minibatch, progress: float) -> dict[str, Tensor]:
        """Each part of the generator's loss and their weighted `total`. Also accumulates the adversary's gradients.

        `progress` is that of the stage, from 0 to 1.
        """
        weights = self._weights
        lightness, truth = minibatch.lightness.contiguous(memory_format=torch.channels_last), minibatch.ab
        hints = minibatch.hints if generator.config.hints else None
        with torch.autocast(lightness.device.type, torch.bfloat16, enabled=self._bf16):
            logits, ab = generator(lightness, hints)
        logits, ab = logits.float(), ab.float()
        losses = {"bins": self._reconstruction.bins(logits, truth), "ab": self._reconstruction.ab(ab, truth)}
        if weights.psnr:
            losses["psnr"] = self._reconstruction.psnr(lightness, ab, truth)
        with torch.autocast(lightness.device.type, torch.bfloat16, enabled=self._bf16):
            target = self._true_maps(lightness, truth) if weights.needs_features else []
            if weights.cautious_perceptual:
                losses["cautious_perceptual"] = self._distance(lightness, ab, target)
            if weights.needs_vivid:
                vivid = self._vivid(generator, logits, ab.detach())
                losses |= self._vivid_losses(lightness, truth, vivid, target, progress)
        counted = [getattr(weights, name) * loss for name, loss in losses.items() if loss.requires_grad]
        return {"total": torch.stack(counted).sum(), **losses}

    def _vivid(self, generator: Generator, logits: Tensor, ab: Tensor) -> Tensor:
        with torch.autocast(logits.device.type, enabled=False):
            return vivid_mix(logits, ab, generator.bins, self._calibration)

    @torch.no_grad()
    def _true_maps(self, lightness: Tensor, truth: Tensor) -> list[Tensor]:
        assert self._perceptual is not None
        return self._perceptual.maps(rgb_from_prediction(lightness, truth))

    def _vivid_losses(
        self, lightness: Tensor, truth: Tensor, vivid: Tensor, target: Sequence[Tensor], progress: float
    ) -> dict[str, Tensor]:
        weights, losses = self._weights, dict[str, Tensor]()
        if weights.violet:
            losses["violet"] = violet(vivid, truth)
        if weights.blotches:
            losses["blotches"] = blotches(lightness, vivid, truth)
        if weights.adversarial:
            losses |= self._verdict("adversarial", (lightness, truth), (lightness, vivid))
        if weights.vivid_perceptual or weights.feature_adversarial:
            losses |= self._feature_losses(lightness, vivid, target)
        if weights.projected_adversarial:
            losses |= self._verdict("projected_adversarial", *self._projected(lightness, truth, vivid, progress))
        return losses

    def _projected(self, lightness: Tensor, truth: Tensor, vivid: Tensor, progress: float) -> list[list[Tensor]]:
        """Maps of photographs, without gradients, and of colorized pictures."""
        assert self._projection is not None
        blur = self._optimization.blur_at(progress)
        made = self._projection(blurred(rgb_from_prediction(lightness, vivid), blur))
        with torch.no_grad():
            return [self._projection(blurred(rgb_from_prediction(lightness, truth), blur)), made]

    def _distance(self, lightness: Tensor, ab: Tensor, target: Sequence[Tensor]) -> Tensor:
        """On every second crop only: the cautious colors are close from the start, and this loss is expensive."""
        assert self._perceptual is not None
        made = self._perceptual.maps(rgb_from_prediction(lightness[::2], ab[::2]))
        return self._perceptual.distance(made, [maps[::2] for maps in target])

    def _feature_losses(self, lightness: Tensor, vivid: Tensor, target: Sequence[Tensor]) -> dict[str, Tensor]:
        assert self._perceptual is not None
        made = self._perceptual.maps(rgb_from_prediction(lightness, vivid))
        losses = {"vivid_perceptual": self._perceptual.distance(made, target)}
        if self._weights.feature_adversarial:
            units = [maps.square().mean().rsqrt() for maps in target]
            scaled = ([unit * part for unit, part in zip(units, maps, strict=True)] for maps in (target, made))
            losses |= self._verdict("feature_adversarial", *scaled)
        return losses

    def _verdict(self, name: str, real: Sequence[Tensor], made: Sequence[Tensor]) -> dict[str, Tensor]:
        assert self.adversary is not None
        return self.adversary.losses(name, real, made, scale=self._share)
