"""The models that jobs may name: the cards beside the checkpoints, read once at start. Their weights are not opened."""

import json
from dataclasses import dataclass
from pathlib import Path

from api.options.errors import InvalidOption
from shared.errors import PhotochromError
from shared.jobs.options import Options


class NoModel(PhotochromError):
    """There is nothing to colorize with, or the default model is not there: the gateway does not start."""

    code = "no_model"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """`sha256` is that of the weights: two models of one name are told apart by it."""

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
            raise NoModel(f"There is no model in {folder}.")
        if name not in cards:
            raise NoModel(f"The default model {name!r} is not in {folder}.")
        return cls(cards, cards[name])

    def resolve(self, options: Options) -> ModelCard:
        """The model that a job with these options is colorized by. Raises InvalidOption if there is none of that name,
        naming the known ones, or if it takes no hints and there are some.
        """
        if options.model is not None and options.model not in self.cards:
            raise InvalidOption.of(("model", f"unknown; known are {', '.join(self.cards)}"))
        card = self.default if options.model is None else self.cards[options.model]
        if options.hints and not card.takes_hints:
            takers = [each.name for each in self.cards.values() if each.takes_hints]
            raise InvalidOption.of(
                ("hints", f"the model {card.name} takes none; {', '.join(takers) or 'no model'} would")
            )
        return card


def _read_card(path: Path) -> ModelCard:
    try:
        card = json.loads(path.read_bytes())
        name, sha256 = str(card["name"]), str(card["weights"]["sha256"])
        takes_hints = bool(card["generator"].get("hints"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoModel(f"{path} does not describe a checkpoint: {error!r}.") from error
    if name != path.stem:
        raise NoModel(
            f"{path} describes a model of another name, {name!r}: call the file {name}.json, or make it a card of its "
            f"own with `python -m training release`."
        )
    return ModelCard(name, sha256, str(card.get("description") or card.get("notice") or ""), takes_hints)
