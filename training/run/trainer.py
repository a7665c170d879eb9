"""The training loop: stages of crops in, a better generator out; validation, snapshots, early stopping."""

import copy
import dataclasses
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import nn

from training.data.crops import Minibatch, numbers_of_step, random_crops
from training.data.photographs import Photograph
from training.losses.perceptual import PerceptualLoss
from training.losses.reconstruction import ReconstructionLoss
from training.networks.ema import MovingAverage
from training.networks.projection import Projection
from training.recipes.recipe import Recipe, Stage
from training.run.adversary import Adversary
from training.run.objective import Objective
from training.run.optimization import make_optimizer, rate_at, set_rate
from training.run.position import INIT, Position
from training.run.progress import ProgressBar
from training.run.run_folder import RunFolder
from training.run.world import World
from training.scores.contact_sheet import contact_sheet
from training.scores.validation import SHEET_CAPTIONS, Scores, Validator
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator

LOG_EVERY = 50


class Trainer:
    """One run over given photographs. Only the leading process has a `validator`.

    With `must_improve`, only weights that score better than the given generator become `best`.
    """

    def __init__(
        self,
        recipe: Recipe,
        generator: Generator,
        reconstruction: ReconstructionLoss,
        *,
        perceptual: PerceptualLoss | None,
        projection: Projection | None = None,
        train: Sequence[Photograph],
        validator: Validator | None,
        folder: RunFolder,
        info: CheckpointInfo,
        pretrained: bool,
        world: World,
        must_improve: bool = False,
    ) -> None:
        self._recipe, self._world, self.folder, self._info = recipe, world, folder, info
        self._train, self.validator = train, validator
        self._reconstruction = reconstruction.to(world.device)
        self._perceptual = perceptual.to(world.device) if perceptual else None
        self._projection = projection.to(world.device) if projection else None
        self._frozen = recipe.frozen_layers if pretrained else 0
        self._pretrained = pretrained
        self.generator: Generator = generator.to(world.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._frozen_layers().requires_grad_(False)
        self.average = MovingAverage(self.generator, recipe.ema_decay)
        self._init = copy.deepcopy(self.average.generator) if must_improve else None
        self.position = Position()
        self._enter(0)

    @property
    def stage(self) -> Stage:
        return self._recipe.stages[self.position.stage]

    def resume(self, state: dict[str, Any]) -> None:
        """Continue from a snapshot, exactly as if the run had not been interrupted."""
        position = Position(**state["position"])
        self._enter(position.stage)
        self.position = position
        self.generator.load_state_dict(state["generator"])
        self.average.generator.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        if self._objective.adversary:
            self._objective.adversary.load_state_dict(state["adversary"])

    def snapshot(self) -> dict[str, Any]:
        return {
            "generator": self.generator.state_dict(),
            "average": self.average.generator.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "adversary": self._objective.adversary.state_dict() if self._objective.adversary else None,
            "position": dataclasses.asdict(self.position),
        }

    def run(self, should_stop: Callable[[], bool]) -> str:
        """Train; returns `finished` or `stopped` (resumable)."""
        if self._init and not self.position.total_steps and not self.position.init_scores:
            self._validate_init(self._init)
        while True:
            with ProgressBar() if self._world.leads else nullcontext() as bar:
                reason = self._run_stage(should_stop, bar)
            self._log("stage ended", stage=self.stage.name, reason=reason, step=self.position.step)
            if reason == "stopped" or self.position.stage + 1 == len(self._recipe.stages):
                break
            self._enter(self.position.stage + 1)
            self._save_snapshot()
        self._save_snapshot()
        self._log("end", reason=reason, steps=self.position.total_steps)
        return "stopped" if reason == "stopped" else "finished"

    def _enter(self, number: int) -> None:
        """Start a stage from the average weights at the end of the one before, with new optimizers and a new best."""
        self.generator.load_state_dict(self.average.generator.state_dict())
        before = self.position
        self.position = before.entering(number, self._recipe.stages[number].select)
        if self._init and self._world.leads and self.position.best_stage == INIT != before.best_stage:
            self._save_init(self._init)
        plan, share = self.stage.optimization, self.stage.optimization.encoder_share if self._pretrained else 1.0
        self._optimizer = make_optimizer(self.generator, plan, encoder_share=share)
        judged = self.stage.weights.needs_adversary
        self._objective = Objective(
            self.stage,
            self._info.calibration,
            self._reconstruction,
            perceptual=self._perceptual,
            projection=self._projection,
            adversary=Adversary(self.stage, self._recipe.seed, self._world) if judged else None,
            bf16=self._recipe.bf16,
        )

    def _run_stage(self, should_stop: Callable[[], bool], bar: ProgressBar | None) -> str:
        recipe, position = self._recipe, self.position
        if position.worse >= recipe.patience:
            return "no longer better"
        started = time.monotonic() - position.seconds
        while (progress := self._world.broadcast(self.stage.budget.progress(position.step, position.seconds))) < 1:
            parts = self._step(progress)
            position.step += 1
            position.total_steps += 1
            position.seconds = time.monotonic() - started
            if bar:
                bar.show(self.stage.name, progress, f"step {position.step}  loss {parts['total']:.3f}")
            if position.step % LOG_EVERY == 0:
                self._log_step(progress, parts)
            if position.step % recipe.validate_every == 0 and self._validate():
                return "no longer better"
            if position.step % recipe.snapshot_every == 0:
                self._save_snapshot()
            if self._world.any(should_stop()):
                return "stopped"
        if position.step % recipe.validate_every:
            self._validate()
        return "finished"

    def _step(self, progress: float) -> dict[str, float]:
        plan = self.stage.optimization
        share = rate_at(progress, plan)
        set_rate(self._optimizer, share)
        self._set_training_mode()
        self._optimizer.zero_grad(set_to_none=True)
        parts: dict[str, float] = defaultdict(float)
        for part in range(self.stage.crops.accumulate):
            losses = self._objective.losses(self.generator, self._minibatch(part), progress)
            (losses["total"] / self.stage.crops.accumulate).backward()  # type: ignore[no-untyped-call]
            for name, loss in losses.items():
                parts[name] += loss.item() / self.stage.crops.accumulate
        parameters = [parameter for parameter in self.generator.parameters() if parameter.grad is not None]
        self._world.average(parameter.grad for parameter in parameters if parameter.grad is not None)
        parts["norm"] = nn.utils.clip_grad_norm_(parameters, plan.clip_norm).item()
        self._optimizer.step()
        if self._objective.adversary:
            self._objective.adversary.step(share)
        self._world.average(buffer for buffer in self.generator.buffers() if buffer.is_floating_point())
        self.average.update(self.generator, self.position.total_steps)
        return parts

    def _minibatch(self, part: int) -> Minibatch:
        """This process's share of the step's crops, which depend on seed, step and place alone."""
        crops, world, recipe = self.stage.crops, self._world, self._recipe
        place = world.rank * crops.accumulate + part
        step = self.position.total_steps
        everyone = crops.minibatch * crops.accumulate * world.size
        numbers = numbers_of_step(len(self._train), everyone, seed=recipe.seed, step=step)
        mine = numbers[place * crops.minibatch : (place + 1) * crops.minibatch]
        random = np.random.default_rng((recipe.seed, step, place))
        minibatch = random_crops(self._train, mine, crops=crops, augmentation=recipe.augmentation, random=random)
        return minibatch.to(world.device)

    def _validate_init(self, init: Generator) -> None:
        """Score the initial weights, once: they are the best until others score better."""
        if self.validator:
            scores, rows = self.validator.score(init)
            self.folder.log("validation", total_steps=0, step=0, stage=INIT, best=True, **scores)
            self.folder.save_sheet(INIT, contact_sheet(rows, SHEET_CAPTIONS, across=3), 0)
            self.position.begin_with(scores, self.stage.select)
            self._save_init(init)
            self._save_snapshot()

    def _validate(self) -> bool:
        """Score the average weights and keep the best. Returns in all processes whether patience has run out."""
        position = self.position
        if self.validator:
            scores, rows = self.validator.score(self.average.generator)
            is_best = position.judge(scores, self.stage.name, self.stage.select)
            named = {"step": position.step, "stage": self.stage.name, "best": is_best, **scores}
            self.folder.log("validation", total_steps=position.total_steps, **named)
            sheet = contact_sheet(rows, SHEET_CAPTIONS, across=3)
            self.folder.save_sheet(f"{self.stage.name}-{position.step:06d}", sheet, position.total_steps)
            reached = dataclasses.asdict(position) | {"stage": self.stage.name}
            for name in ("latest", self.stage.name, *(("best",) if is_best else ())):
                self._save(name, self.average.generator, reached, scores)
        return self._world.any(self.validator is not None and position.worse >= self._recipe.patience)

    def _save_init(self, init: Generator) -> None:
        """Save the initial weights as the best, because none was better so far."""
        scores = self.position.init_scores
        self._save("best", init, {"stage": INIT, "step": 0, "total_steps": 0, "seconds": 0.0}, scores)

    def _save(self, name: str, generator: Generator, reached: dict[str, Any], scores: Scores) -> None:
        training = self._info.training | reached
        info = dataclasses.replace(self._info, name=name, training=training, metrics={"validation": scores})
        save_checkpoint(self.folder.path, info, generator)

    def _save_snapshot(self) -> None:
        if self._world.leads:
            self.folder.save_snapshot(self.snapshot())

    def _log(self, event: str, **values: Any) -> None:
        if self._world.leads:
            self.folder.log(event, **values)

    def _log_step(self, progress: float, parts: dict[str, float]) -> None:
        position = self.position
        left = position.seconds / max(progress, 1e-9) * (1 - progress)
        self._log(
            "step",
            total_steps=position.total_steps,
            stage=self.stage.name,
            step=position.step,
            seconds=round(position.seconds),
            eta_seconds=round(left),
            **_readable(parts),
        )

    def _frozen_layers(self) -> nn.Module:
        return nn.ModuleList(self.generator.encoder.early_layers()[: self._frozen])

    def _set_training_mode(self) -> None:
        """Frozen layers keep their batch statistics as well."""
        self.generator.train()
        self._frozen_layers().eval()


def _readable(parts: dict[str, float]) -> dict[str, float]:
    """The parts of the loss as people know them: PSNR in dB is higher when better, and the loss is minus that."""
    return parts | ({"psnr": -parts["psnr"]} if "psnr" in parts else {})
