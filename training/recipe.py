"""What a training run is told: frozen dataclasses read from a TOML file, unknown keys refused."""

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from worker.colorizer.network import STRIDE, GeneratorConfig

T = TypeVar("T")


@dataclass(frozen=True)
class Budget:
    """How long to train: a number of steps, or minutes by the clock; exactly one of them."""

    steps: int | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise ValueError("a budget is either steps or minutes")

    def progress(self, step: int, seconds: float) -> float:
        """0 at the start, 1 when the budget is spent."""
        spent = step / self.steps if self.steps else seconds / (60 * (self.minutes or 1))
        return min(spent, 1.0)


@dataclass(frozen=True)
class Phase:
    """What the crops look like up to a share of the budget.

    A crop covers `coverage[0]` to `coverage[1]` of the photograph's short side and is resized to `crop` pixels:
    coverage and crop together set how large things appear, which should end near what serving shows.
    """

    until: float
    crop: int
    minibatch: int
    coverage: tuple[float, float]

    def __post_init__(self) -> None:
        if self.crop % STRIDE:
            raise ValueError(f"crop must be a multiple of {STRIDE}, not {self.crop}")


@dataclass(frozen=True)
class Objective:
    """Weights of the loss, stage one: reconstruction only."""

    bins: float = 1.0  # Cross-entropy over ab bins.
    ab: float = 2.0  # Smooth L1 on ab, in units of `network.AB_SCALE`.
    # Class rebalancing as in Zhang et al., eq. 4: the share of the uniform distribution mixed into the prior.
    # They used 0.5, which favors rare colors until skies turn orange; 1 switches it off.
    uniform_share: float = 0.9


@dataclass(frozen=True)
class Optimization:
    """AdamW under a one-cycle schedule: linear warm-up, then a half cosine down to `final` of the peak."""

    learning_rate: float = 1.5e-3
    encoder_share: float = 0.3  # A pre-trained encoder learns at this share of the rate.
    weight_decay: float = 0.02
    warmup: float = 0.04  # Share of the budget.
    final: float = 0.01
    clip_norm: float = 5.0
    ema_decay: float = 0.999


@dataclass(frozen=True)
class Recipe:
    """A whole run. `notes` says on what hardware and for how long it is meant."""

    name: str
    notes: str
    budget: Budget
    phases: tuple[Phase, ...]
    validate_every: int
    patience: int  # Validations without a better loss before the run stops.
    seed: int = 0
    frozen_layers: int = 4  # The first layers of a pre-trained encoder stay as they are.
    old_print_share: float = 0.3  # Of the crops, how many are made to look like an aged print.
    bf16: bool = False
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    objective: Objective = field(default_factory=Objective)
    optimization: Optimization = field(default_factory=Optimization)

    def __post_init__(self) -> None:
        if not self.phases or self.phases[-1].until != 1.0:
            raise ValueError("the last phase of a recipe must reach until = 1.0")

    def phase(self, progress: float) -> Phase:
        return next((phase for phase in self.phases if progress < phase.until), self.phases[-1])


def read_recipe(path: Path) -> Recipe:
    """Raises ValueError, naming the key, if the file does not describe a recipe."""
    try:
        return from_table(Recipe, tomllib.loads(path.read_text()))
    except (TypeError, ValueError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error


def from_table(kind: type[T], table: dict[str, Any]) -> T:
    """Build a dataclass of this room, nested ones included, from plain tables."""
    known = {item.name for item in dataclasses.fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(table) - known):
        raise ValueError(f"{kind.__name__} has no {', '.join(unknown)}")
    nested: dict[str, type[Any]] = {
        "budget": Budget,
        "generator": GeneratorConfig,
        "objective": Objective,
        "optimization": Optimization,
    }
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key == "phases":
            values[key] = tuple(from_table(Phase, phase) for phase in value)
        elif key in nested:
            values[key] = from_table(nested[key], value)
        else:
            values[key] = tuple(value) if isinstance(value, list) else value
    return kind(**values)
