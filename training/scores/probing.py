"""Linear probes and retrieval: what the features of a frozen encoder know about classes of things.

The linear probe of each stage is Zhang, Isola & Efros's test of colorization as a pretext task ("Colorful Image
Colorization", 2016, section 3.2; "Split-Brain Autoencoders", 2017): maps are pooled until all stages have about the
same number of features. Recall at k is the share of pictures with one of their class among the k nearest neighbors.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from worker.colorizer.encoder import Encoder

STAGES = (4, 8, 16, 32)  # Strides of an encoder's maps.
NUMBERS = 1280  # The maximal number of features of a stage.
DECAYS = (1e-1, 1e-2, 1e-3, 1e-4)  # Strongest first: each solution is the initial value of the next.

_AT_ONCE = 50
_STEPS = 80
_SMALL_GRADIENT, _SMALL_CHANGE = 1e-4, 1e-6


@torch.inference_mode()
def features(encoder: Encoder, lightness: Tensor) -> list[Tensor]:
    """[N, 1, H, W] to [N, D] for each stage; the encoder is not changed."""
    encoder.eval()
    parts = [[_pooled(maps) for maps in encoder(part)] for part in torch.split(lightness, _AT_ONCE)]
    return [torch.cat(stage) for stage in zip(*parts, strict=True)]


@torch.no_grad()
def fit_norms(encoder: Encoder, lightness: Tensor) -> None:
    """Fit the batch norm statistics to these pictures: with random weights, signals would vanish otherwise."""
    norms = [module for module in encoder.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # The cumulative mean over the following pictures.
    encoder.train()
    for part in torch.split(lightness, _AT_ONCE):
        encoder(part)
    encoder.eval()


def standardized(train: Tensor, val: Tensor) -> tuple[Tensor, Tensor]:
    """Both standardized by the mean and deviation of the first."""
    mean, deviation = train.mean(dim=0), train.std(dim=0).clamp_min(1e-6)
    return (train - mean) / deviation, (val - mean) / deviation


def linear_accuracy(
    train: Tensor, labels: Tensor, val: Tensor, truth: Tensor, *, kept: Tensor, random: torch.Generator
) -> float:
    """Accuracy of logistic regression on the `kept` rows of `train`; a third of them selects the weight decay."""
    inner, outer = split(labels, kept, 1 / 3, random)
    tried = _regressions(train[inner], labels[inner], DECAYS)
    losses = [functional.cross_entropy(_logits(weights, train[outer]), labels[outer]).item() for weights in tried]
    weights = _regressions(train[kept], labels[kept], DECAYS[: losses.index(min(losses)) + 1])[-1]
    return (_logits(weights, val).argmax(dim=1) == truth).float().mean().item()


def recalls(train: Tensor, labels: Tensor, val: Tensor, truth: Tensor, ks: Sequence[int]) -> dict[int, float]:
    """For each k the share of `val` with its class among the k nearest of `train`, by cosine similarity."""
    similarity = functional.normalize(val) @ functional.normalize(train).T
    hits = labels[similarity.topk(max(ks), dim=1).indices] == truth[:, None]
    return {k: hits[:, :k].any(dim=1).float().mean().item() for k in ks}


def split(labels: Tensor, among: Tensor, share: float, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Split the rows of `among`: the rest, and this share of each class.

    Either side has at least one row of each class; the row of a class with a single row is on both sides.
    """
    rest, drawn = [], []
    for label in range(int(labels.max()) + 1):
        rows = among[labels[among] == label]
        if len(rows) == 0:
            continue
        rows = rows[torch.randperm(len(rows), generator=random)]
        count = min(max(round(share * len(rows)), 1), max(len(rows) - 1, 1))
        drawn.append(rows[:count])
        rest.append(rows[count:] if len(rows) > 1 else rows)
    return torch.cat(rest), torch.cat(drawn)


def _pooled(maps: Tensor) -> Tensor:
    """The maps pooled to squares as large as `NUMBERS` allows."""
    side = max(1, min(maps.shape[2], int((NUMBERS / maps.shape[1]) ** 0.5)))
    return functional.adaptive_avg_pool2d(maps, side).flatten(1)


def _regressions(x: Tensor, labels: Tensor, decays: Sequence[float]) -> list[Tensor]:
    """[D + 1, classes] weights for each decay; the last row is the bias.

    With fewer pictures than features the solution lies in the pictures' span, so only that is searched.
    """
    basis = torch.linalg.svd(x, full_matrices=False).Vh if len(x) < x.shape[1] else None
    short = x if basis is None else x @ basis.T
    weights, solutions = torch.zeros(short.shape[1] + 1, int(labels.max()) + 1), []
    for decay in decays:
        weights = _logistic(short, labels, decay, start=weights)
        solutions.append(weights if basis is None else torch.cat([basis.T @ weights[:-1], weights[-1:]]))
    return solutions


def _logistic(x: Tensor, labels: Tensor, decay: float, *, start: Tensor) -> Tensor:
    weights = start.clone().requires_grad_(True)
    optimizer = torch.optim.LBFGS(
        [weights],
        max_iter=_STEPS,
        tolerance_grad=_SMALL_GRADIENT,
        tolerance_change=_SMALL_CHANGE,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        cost: Tensor = functional.cross_entropy(_logits(weights, x), labels) + decay / 2 * weights[:-1].square().sum()
        cost.backward()  # type: ignore[no-untyped-call]
        return cost

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach()


def _logits(weights: Tensor, x: Tensor) -> Tensor:
    return x @ weights[:-1] + weights[-1]
