"""The processes that train together: one alone, or as many as `torchrun` started, each with its own device.

Gradients are averaged by hand instead of by `DistributedDataParallel`: two networks with two losses, accumulated
minibatches and frozen layers then need no exceptions.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


@dataclass(frozen=True)
class World:
    """`rank` of `size` processes, on `device`. Rank 0 writes."""

    rank: int
    size: int
    device: torch.device

    @classmethod
    def join(cls, device: str | None = None) -> "World":
        """By the environment that torchrun sets; without it, alone. `device` is the first GPU or the CPU if None.

        Raises ValueError if a GPU is asked for and there is none.
        """
        size, local = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("LOCAL_RANK", "0"))
        kind = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if kind == "cuda" and not torch.cuda.is_available():
            raise ValueError("--device cuda: torch finds no GPU on this machine")
        if size > 1:
            distributed.init_process_group("nccl" if kind == "cuda" else "gloo")
        chosen = torch.device(kind, local) if kind == "cuda" else torch.device(kind)
        if chosen.type == "cuda":
            torch.cuda.set_device(chosen)
        return cls(int(os.environ.get("RANK", "0")), size, chosen)

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def leave(self) -> None:
        if self.size > 1:
            distributed.destroy_process_group()

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Set each tensor to its mean over the processes, in one transfer."""
        listed = list(tensors)
        if self.size == 1 or not listed:
            return
        flat = torch.cat([tensor.detach().flatten() for tensor in listed])
        distributed.all_reduce(flat)
        flat /= self.size
        place = 0
        for tensor in listed:
            tensor.detach().copy_(flat[place : place + tensor.numel()].view_as(tensor))
            place += tensor.numel()

    def any(self, value: bool) -> bool:
        """Whether it holds for one of the processes at least, so that all stop at the same step."""
        if self.size == 1:
            return value
        flag = torch.tensor(float(value), device=self.device)
        distributed.all_reduce(flag, distributed.ReduceOp.MAX)
        return bool(flag.item())

    def agreed(self, value: float) -> float:
        """What rank 0 says."""
        if self.size == 1:
            return value
        told = torch.tensor(value, dtype=torch.float64, device=self.device)
        distributed.broadcast(told, 0)
        return float(told.item())
