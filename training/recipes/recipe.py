"""What configures a training run: frozen dataclasses read from a TOML or JSON file. Unknown keys are refused."""

import dataclasses
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from training.recipes.tables import from_table
from worker.colorizer.calibration import Calibration
from worker.colorizer.network import STRIDE, GeneratorConfig

_RECIPES = Path(__file__).parent
_RESERVED_NAMES = ("best", "latest", "init")  # A run folder gives them to other weights than a stage's last.

Metric = Literal["cautious lpips", "cautious ciede2000", "vivid lpips", "vivid ciede2000", "vivid frechet"]


@dataclass(frozen=True)
class Budget:
    """How long to train: either a number of steps or minutes by the clock.

    Only steps are reproducible: by the clock, the schedule of learning rates depends on the machine.
    """

    steps: int | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise ValueError("a budget needs either steps or minutes, exactly one of them")
        _demand_positive(self, "steps", "minutes")

    def progress(self, step: int, seconds: float) -> float:
        """0 at the start, 1 when the budget is spent."""
        spent = step / self.steps if self.steps else seconds / (60 * (self.minutes or 1))
        return min(spent, 1.0)


@dataclass(frozen=True)
class Crops:
    """What the crops of a stage look like, and how many make a step.

    A crop covers `coverage[0]` to `coverage[1]` of the photograph's short side and is resized to `size` pixels:
    together they set how large things appear. The last stage should come close to the scale that serving uses.
    """

    size: int
    minibatch: int  # On each device.
    coverage: tuple[float, float]
    accumulate: int = 1  # Minibatches whose gradients make one step.

    def __post_init__(self) -> None:
        _demand_positive(self, "size", "minibatch", "accumulate")
        if self.size % STRIDE:
            raise ValueError(f"the size of crops must be a multiple of {STRIDE}, not {self.size}")


@dataclass(frozen=True, kw_only=True)
class Weights:
    """The weight of each part of the generator's loss; a part of weight 0 is not computed."""

    bins: float = 1.0  # Cross-entropy over ab bins.
    ab: float = 2.0  # Smooth L1 on ab, in units of `network.AB_SCALE`.
    psnr: float = 0.0  # Minus the PSNR in dB, of the ab head.
    cautious_perceptual: float = 0.0  # Feature distance of the ab head to the truth.
    vivid_perceptual: float = 0.0  # Feature distance of the vivid mix.
    adversarial: float = 0.0  # Hinge loss of the patch discriminator, on the vivid mix's chroma.
    feature_adversarial: float = 0.0  # Hinge loss of the feature discriminator, on its features.
    projected_adversarial: float = 0.0  # Hinge loss of the discriminator of projected features.
    violet: float = 0.0  # Violet where the truth has none, in the vivid mix.
    blotches: float = 0.0  # Changes of the vivid mix's chroma within things, where the truth has none.

    @property
    def needs_features(self) -> bool:
        """Of the network of the perceptual loss."""
        return self.cautious_perceptual > 0 or self.vivid_perceptual > 0 or self.feature_adversarial > 0

    @property
    def needs_vivid(self) -> bool:
        return self.vivid_perceptual > 0 or self.violet > 0 or self.blotches > 0 or self.needs_adversary

    @property
    def needs_adversary(self) -> bool:
        return self.adversarial > 0 or self.feature_adversarial > 0 or self.projected_adversarial > 0


@dataclass(frozen=True, kw_only=True)
class Optimization:
    """AdamW: linear warm-up to `learning_rate`, then a half cosine down to `final` of it."""

    learning_rate: float = 1.2e-3
    encoder_share: float = 0.2  # A pre-trained encoder learns at this share of the rate.
    weight_decay: float = 0.02
    warmup: float = 0.04  # Share of the stage's budget.
    final: float = 0.01
    betas: tuple[float, float] = (0.9, 0.99)
    clip_norm: float = 5.0
    # Two time scales (Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017).
    discriminator_rate: float = 4e-4
    discriminator_betas: tuple[float, float] = (0.0, 0.99)
    # The discriminator of projected features sees blurred pictures, so that it starts with what is coarse: by this
    # sigma in pixels at first, and not at all from half of the stage on.
    projection_blur: float = 0.0

    def blur_at(self, progress: float) -> float:
        """The sigma at a share of the budget."""
        return self.projection_blur * max(0.0, 1 - 2 * progress)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A part of a run with its own crops, loss and schedule, and the metric that selects its best weights."""

    name: str
    budget: Budget
    crops: Crops
    select: Metric
    weights: Weights = field(default_factory=Weights)
    optimization: Optimization = field(default_factory=Optimization)


@dataclass(frozen=True)
class Augmentation:
    """How often a crop is augmented. Old prints are imitated on the input only, not on the label."""

    old_print_share: float = 0.3
    wear_share: float = 0.0  # Of the old prints, how many are lit as in a studio, and scratched, cracked or stained.
    rotation_share: float = 0.2
    rotation: float = 6.0  # The most degrees to either side.
    hint_share: float = 0.0  # Share of the crops that come with some true colors as hints.
    sharpening_share: float = 0.0  # Enlarged crops are soft; what serving reduces from a scan is crisp.


@dataclass(frozen=True)
class MoreOften:
    """Oversampling: photographs whose names begin with `begins` are trained on `times` times as often as others."""

    begins: str
    times: int

    def __post_init__(self) -> None:
        _demand_positive(self, "times")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole run. `hardware`, `hours` and `expected` (scores) document what it is meant for.

    Without a `generator` the recipe uses that of the checkpoint it starts from, which it then needs. Without a
    `calibration` it uses the checkpoint's, or the default.
    """

    name: str
    hardware: str
    hours: float
    expected: str
    stages: tuple[Stage, ...]
    validate_every: int
    patience: int  # A stage ends early after this many validations without a better score.
    validation_pictures: int = 256
    snapshot_every: int = 100
    seed: int = 0
    frozen_layers: int = 0  # The number of first layers of a pre-trained encoder that are not trained.
    bf16: bool = False
    ema_decay: float = 0.999
    # Class rebalancing as in Zhang et al. 2016, eq. 4: the share of the uniform distribution mixed into the prior.
    # They used 0.5, which favors rare colors so much that skies turn orange; 1 disables it.
    uniform_share: float = 0.9
    # The mix of both heads that is trained and scored as "vivid", and that checkpoints use for vividness 1.
    calibration: Calibration | None = None
    generator: GeneratorConfig | None = None
    augmentation: Augmentation = field(default_factory=Augmentation)
    more_often: tuple[MoreOften, ...] = ()  # The first entry that matches a photograph applies.

    def __post_init__(self) -> None:
        _demand_positive(self, "validate_every", "patience", "validation_pictures", "snapshot_every")
        if not self.stages:
            raise ValueError("a recipe needs at least one stage")
        names = [stage.name for stage in self.stages]
        if len({*names, *_RESERVED_NAMES}) < len(names) + len(_RESERVED_NAMES):
            raise ValueError(
                f"stage names must be unique and none of {', '.join(_RESERVED_NAMES)}, not {', '.join(names)}"
            )
        if self.augmentation.hint_share and self.generator and not self.generator.hints:
            raise ValueError("the generator takes no hints: set hint_share = 0, or hints = true in [generator]")

    def resolved(self, generator: GeneratorConfig | None, calibration: Calibration) -> "Recipe":
        """The recipe with its gaps filled by these. Raises ValueError if neither has a generator."""
        if (config := self.generator or generator) is None:
            raise ValueError(
                f"recipe {self.name} states no generator and needs that of a checkpoint: --init CHECKPOINT"
            )
        return dataclasses.replace(self, generator=config, calibration=self.calibration or calibration)


def read_recipe(path: Path) -> Recipe:
    """Read TOML, or the JSON of a run folder to repeat that run. A bare `NAME` stands for `recipes/NAME.toml`.

    Raises ValueError, naming the key, if the file is not a valid recipe, and FileNotFoundError if there is none.
    """
    path = _located(path)
    try:
        if path.suffix == ".json":
            document = json.loads(path.read_text())
            return from_table(Recipe, document.get("recipe", document))
        return from_table(Recipe, tomllib.loads(path.read_text()))
    except (TypeError, ValueError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error


def _located(path: Path) -> Path:
    """The path itself if it is a file, else the shipped recipe of that name."""
    if path.is_file():
        return path
    shipped = {file.stem: file for file in sorted(_RECIPES.glob("*.toml"))}
    if str(path) not in shipped:
        raise FileNotFoundError(f"{path} is neither a file nor a shipped recipe. Choose one of: {', '.join(shipped)}.")
    return shipped[str(path)]


def _demand_positive(settings: object, *names: str) -> None:
    for name in names:
        value = getattr(settings, name)
        if value is not None and value <= 0:
            raise ValueError(f"{name} must be more than 0, not {value}")
