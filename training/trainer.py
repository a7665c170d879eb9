"""The training loop of stage one: crops in, a better generator out; validation, snapshots, early stopping."""

import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.contact_sheet import compose, contact_sheet
from training.crops import random_crops, whole_pictures
from training.ema import MovingAverage
from training.losses import ReconstructionLoss
from training.photographs import Photograph
from training.recipe import Optimization, Recipe
from training.run_folder import RunFolder
from worker.colorizer.bins import annealed_mean
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator

LOG_EVERY = 50
SHEET_PICTURES = 24
VALIDATION_SIZE = 256


@dataclass
class Position:
    """How far a run has come; with the weights, all there is to resume."""

    step: int = 0
    seconds: float = 0.0
    best: float = math.inf
    worse: int = 0  # Validations since the best.


def rate_at(progress: float, plan: Optimization) -> float:
    """The share of the peak learning rate at a share of the budget."""
    if progress < plan.warmup:
        return max(progress / plan.warmup, 0.02)
    fallen = (progress - plan.warmup) / (1 - plan.warmup)
    return plan.final + (1 - plan.final) * 0.5 * (1 + math.cos(math.pi * fallen))


class Trainer:
    """One run over given photographs. `run` returns when the budget is spent, it stops improving, or it is told to."""

    def __init__(
        self,
        recipe: Recipe,
        generator: Generator,
        loss: ReconstructionLoss,
        *,
        train: list[Photograph],
        held_out: list[Photograph],
        folder: RunFolder,
        info: CheckpointInfo,
        pretrained: bool,
    ) -> None:
        self._recipe, self._loss, self.folder, self._info = recipe, loss, folder, info
        self._train, self._held_out = train, held_out
        self._frozen = recipe.frozen_layers if pretrained else 0
        self._encoder_share = recipe.optimization.encoder_share if pretrained else 1.0
        self.generator: Generator = generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._freeze()
        self.average = MovingAverage(self.generator, recipe.optimization.ema_decay)
        self._optimizer = self._make_optimizer()
        self.position = Position()
        self._validation = [
            whole_pictures(held_out[start : start + 16], VALIDATION_SIZE) for start in range(0, len(held_out), 16)
        ]

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from a snapshot, exactly as if the run had not been interrupted."""
        self.generator.load_state_dict(state["generator"])
        self.average.generator.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.position = Position(**state["position"])

    def snapshot(self) -> dict[str, Any]:
        return {
            "generator": self.generator.state_dict(),
            "average": self.average.generator.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "position": dataclasses.asdict(self.position),
        }

    def run(self, should_stop: Callable[[], bool]) -> str:
        """Train; returns why it ended: `finished`, `stopped` (resumable) or `no longer better`."""
        recipe, position = self._recipe, self.position
        reason = "finished"
        started = time.monotonic() - position.seconds
        while (progress := recipe.budget.progress(position.step, position.seconds)) < 1:
            parts = self._step(progress)
            position.step += 1
            position.seconds = time.monotonic() - started
            if position.step % LOG_EVERY == 0:
                self.folder.log("step", step=position.step, seconds=round(position.seconds), **parts)
            if position.step % recipe.validate_every == 0 and self._validate():
                reason = "no longer better"
                break
            if should_stop():
                reason = "stopped"
                break
        if reason == "finished" and position.step % recipe.validate_every:
            self._validate()
        self.folder.save_snapshot(self.snapshot())
        self.folder.log("end", reason=reason, step=position.step, seconds=round(position.seconds))
        return reason

    def _step(self, progress: float) -> dict[str, float]:
        recipe = self._recipe
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * rate_at(progress, recipe.optimization)
        lightness, truth = random_crops(
            self._train,
            phase=recipe.phase(progress),
            seed=recipe.seed,
            step=self.position.step,
            old_print_share=recipe.old_print_share,
        )
        self._set_training_mode()
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bf16):
            logits, ab = self.generator(lightness.contiguous(memory_format=torch.channels_last))
        parts = self._loss(logits, ab, truth)
        self._optimizer.zero_grad(set_to_none=True)
        parts.total.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.generator.parameters(), recipe.optimization.clip_norm)
        self._optimizer.step()
        self.average.update(self.generator, self.position.step)
        return {
            "loss": parts.total.item(),
            "bins": parts.bins.item(),
            "ab": parts.ab.item(),
            "norm": norm.item(),
        }

    @torch.inference_mode()
    def _validate(self) -> bool:
        """Score the average on the held-out photographs, keep the best; says whether patience has run out."""
        generator, position = self.average.generator, self.position
        totals: list[dict[str, float]] = []
        rows: list[list[np.ndarray[Any, np.dtype[np.uint8]]]] = []
        for lightness, truth in self._validation:
            with torch.autocast("cpu", torch.bfloat16, enabled=self._recipe.bf16):
                logits, ab = generator(lightness.contiguous(memory_format=torch.channels_last))
            vivid = annealed_mean(logits.float(), generator.bins, 0.5)
            totals.append(self._scores(logits, ab.float(), vivid, truth) | {"count": len(truth)})
            for picture in range(min(len(truth), SHEET_PICTURES - len(rows))):
                planes = (torch.zeros_like(truth), ab.float(), vivid, truth)
                rows.append([compose(lightness[picture].numpy(), plane[picture].numpy()) for plane in planes])
        count = sum(scores["count"] for scores in totals)
        mean = {key: sum(s[key] * s["count"] for s in totals) / count for key in totals[0] if key != "count"}
        is_best = mean["loss"] < position.best
        position.best = min(mean["loss"], position.best)
        position.worse = 0 if is_best else position.worse + 1
        self.folder.log("validation", step=position.step, best=is_best, **mean)
        self._keep(is_best, mean, rows)
        return position.worse >= self._recipe.patience

    def _scores(self, logits: Tensor, ab: Tensor, vivid: Tensor, truth: Tensor) -> dict[str, float]:
        parts = self._loss(logits, ab, truth)
        chroma = truth.norm(dim=1).mean()
        return {
            "loss": parts.total.item(),
            "bins": parts.bins.item(),
            "ab": parts.ab.item(),
            "error_ab": functional.mse_loss(ab, truth).sqrt().item(),
            "error_vivid": functional.mse_loss(vivid, truth).sqrt().item(),
            "chroma_ab": (ab.norm(dim=1).mean() / chroma).item(),
            "chroma_vivid": (vivid.norm(dim=1).mean() / chroma).item(),
        }

    def _keep(self, is_best: bool, scores: dict[str, float], rows: list[Any]) -> None:
        sheets = self.folder.path / "sheets"
        sheets.mkdir(exist_ok=True)
        contact_sheet(rows, across=3).save(sheets / f"{self.position.step:06d}.jpg", quality=85)
        training = self._info.training | dataclasses.asdict(self.position)
        for name in ("latest", "best") if is_best else ("latest",):
            info = dataclasses.replace(self._info, name=name, training=training, metrics={"validation": scores})
            save_checkpoint(self.folder.path, info, self.average.generator)
        self.folder.save_snapshot(self.snapshot())

    def _freeze(self) -> None:
        self._frozen_layers().requires_grad_(False)

    def _frozen_layers(self) -> nn.Module:
        return nn.ModuleList(list(self.generator.encoder.features)[: self._frozen])

    def _set_training_mode(self) -> None:
        """Frozen layers keep their batch statistics too."""
        self.generator.train()
        self._frozen_layers().eval()

    def _make_optimizer(self) -> torch.optim.AdamW:
        plan = self._recipe.optimization
        groups: list[dict[str, Any]] = []
        for part, share in ((self.generator.encoder, self._encoder_share), (self.generator, 1.0)):
            taken = {id(p) for group in groups for p in group["params"]}
            mine = [p for p in part.parameters() if p.requires_grad and id(p) not in taken]
            for decays in (True, False):
                params = [p for p in mine if (p.dim() > 1) == decays]
                decay = plan.weight_decay if decays else 0.0
                groups.append({"params": params, "peak": plan.learning_rate * share, "weight_decay": decay})
        return torch.optim.AdamW(groups, lr=plan.learning_rate, betas=(0.9, 0.99))
