"""A study as two files: a page for the judges, and the key that says which method made which picture."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from training.study.pictures import Pictures, data_uris
from training.study.trials import Trial

_TEMPLATE = Path(__file__).with_name("page.html")


@dataclass(frozen=True)
class Key:
    """Which method made which picture. Judges must not have it."""

    study: str
    kind: str
    trials: tuple[Trial, ...]


def page(key: Key, pictures: Pictures, *, longest: int) -> str:
    """The HTML page. It needs no other file and loads nothing; it names no method and no picture.

    `longest` is the longest side of the pictures in pixels. Raises ValueError if a picture cannot be shown.
    """
    trials = [{"number": trial.number, "pictures": _shown(trial, pictures, longest)} for trial in key.trials]
    study = json.dumps({"id": key.study, "kind": key.kind, "trials": trials})
    return _TEMPLATE.read_text().replace("STUDY_JSON", study.replace("<", "\\u003c"))


def key_json(key: Key) -> str:
    """The key as a file."""
    return json.dumps(asdict(key), indent=1)


def read_key(content: str) -> Key:
    """The key from a file. Raises ValueError if it is none."""
    document = json.loads(content)
    try:
        trials = tuple(Trial(**{**trial, "methods": tuple(trial["methods"])}) for trial in document["trials"])
        return Key(document["study"], document["kind"], trials)
    except (KeyError, TypeError) as error:
        raise ValueError(f"it is not the key of a study: {error}") from error


def _shown(trial: Trial, pictures: Pictures, longest: int) -> Sequence[str]:
    return data_uris([pictures.methods[method][trial.picture] for method in trial.methods], longest)
