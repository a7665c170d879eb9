"""The models that jobs may name, from the cards beside their checkpoints. Read once at start, without the weights."""

import json
from dataclasses import dataclass
from pathlib import Path

from api.options.errors import InvalidOption
from shared.errors import PhotochromError
from shared.jobs.options import Options


class NoModel(PhotochromError):
    """There is no model at all, or no default model of that name. The gateway does not start."""

    code = "no_model"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """`sha256` is that of the weights: it distinguishes two models of the same name."""

    name: str
    sha256: str
    description: str
    takes_hints: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    cards: dict[str, ModelCard]
    default: ModelCard

    @classmethod
    def read(cls, folder: Path, default: str | None) -> "Catalogue":
        """Raises NoModel."""
        cards = {path.stem: _read_card(path) for path in sorted(folder.glob("*.json"), key=lambda path: path.stem)}
        name = default if default is not None else next(iter(cards), None)
        if name is None:
            raise NoModel(f"There is no model in {folder}. Set PHOTOCHROM_MODELS_DIR to the folder of the checkpoints.")
        if name not in cards:
            available = ", ".join(cards) or "none"
            raise NoModel(
                f"The default model {name!r} is not in {folder}. Set PHOTOCHROM_DEFAULT_MODEL; available: {available}."
            )
        return cls(cards, cards[name])

    def resolve(self, options: Options) -> ModelCard:
        """The model for a job with these options. Raises InvalidOption if its name is unknown, or if there are
        hints and it does not support them.
        """
        if options.model is not None and options.model not in self.cards:
            raise InvalidOption.of(("model", f"unknown model {options.model!r}; choose from {', '.join(self.cards)}"))
        card = self.default if options.model is None else self.cards[options.model]
        if options.hints and not card.takes_hints:
            supporting = ", ".join(each.name for each in self.cards.values() if each.takes_hints)
            advice = f"choose from {supporting}" if supporting else "no model does; leave them out"
            raise InvalidOption.of(("hints", f"the model {card.name} does not support hints; {advice}"))
        return card


def _read_card(path: Path) -> ModelCard:
    try:
        card = json.loads(path.read_bytes())
        name, sha256 = str(card["name"]), str(card["weights"]["sha256"])
        takes_hints = bool(card["generator"].get("hints"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoModel(f"{path} is not a checkpoint's card: {error!r}.") from error
    if name != path.stem:
        raise NoModel(
            f"The card {path} names another model, {name!r}. Rename the file to {name}.json, or create a card with "
            "`python -m training release`."
        )
    return ModelCard(name, sha256, str(card.get("description") or card.get("notice") or ""), takes_hints)
