"""The processes that train together: a single one, or as many as `torchrun` started, each with its own device.

Gradients are averaged here instead of by `DistributedDataParallel`, which would need special cases for two networks
with two losses, accumulated minibatches and frozen layers.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


@dataclass(frozen=True)
class World:
    """Process `rank` of `size`, on `device`. Rank 0 leads: it alone validates and writes."""

    rank: int
    size: int
    device: torch.device

    @classmethod
    def join(cls, device: str | None = None) -> "World":
        """Join by the environment variables of torchrun, or train alone without them.

        If `device` is None, it is a GPU if there is one, else the CPU. Raises ValueError if "cuda" has no GPU.
        """
        size, local = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("LOCAL_RANK", "0"))
        kind = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if kind == "cuda" and not torch.cuda.is_available():
            raise ValueError("--device cuda needs a GPU, but torch has none on this machine. Use --device cpu.")
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
        """Set each tensor to its mean over the processes, in one all-reduce."""
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
        """Whether it is true in any process, so that all processes stop at the same step."""
        if self.size == 1:
            return value
        flag = torch.tensor(float(value), device=self.device)
        distributed.all_reduce(flag, distributed.ReduceOp.MAX)
        return bool(flag.item())

    def broadcast(self, value: float) -> float:
        """The value of rank 0."""
        if self.size == 1:
            return value
        leading = torch.tensor(value, dtype=torch.float64, device=self.device)
        distributed.broadcast(leading, 0)
        return float(leading.item())
