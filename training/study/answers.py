"""The judges' answers, joined with the key: who preferred what, and what was taken for real."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.study.page import Key
from training.study.pictures import group_of
from training.study.trials import COMPARE, Trial

CHOICES = {COMPARE: ("left", "neither", "right"), "real": ("real", "colorized")}


@dataclass(frozen=True)
class Answer:
    """A judge's answer to a trial."""

    judge: str
    trial: Trial
    choice: str
    seconds: float

    @property
    def group(self) -> str:
        return group_of(self.trial.picture)

    @property
    def preferred(self) -> str | None:
        """The method chosen in a comparison; None where the judge saw no difference."""
        return {"left": self.trial.methods[0], "right": self.trial.methods[-1]}.get(self.choice)


def read_answers(key: Key, files: Sequence[Path]) -> list[Answer]:
    """The answers of all judges, one file each. Raises ValueError with the file's name if one does not fit the key."""
    answers = []
    for file in files:
        try:
            answers += _answers(key, json.loads(file.read_text()))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{file} holds no answers to this study: {error}") from error
    return answers


def first_answers(answers: Iterable[Answer]) -> list[Answer]:
    """The answers without those to repeated trials, which would count a picture twice."""
    return [answer for answer in answers if answer.trial.repeats is None]


def consistency(answers: Sequence[Answer]) -> tuple[int, int]:
    """How many repeated trials got the same answer as the first time, and how many were repeated."""
    first = {(answer.judge, answer.trial.number): answer for answer in first_answers(answers)}
    repeated = [
        (answer, first.get((answer.judge, answer.trial.repeats or 0)))
        for answer in answers
        if answer.trial.repeats is not None
    ]
    both = [(again, before) for again, before in repeated if before]
    return sum(again.preferred == before.preferred for again, before in both), len(both)


def _answers(key: Key, document: Any) -> list[Answer]:
    if document["study"] != key.study:
        raise ValueError(f"it answers study {document['study']}, the key is of study {key.study}")
    trials = {trial.number: trial for trial in key.trials}
    answers = []
    for entry in document["answers"]:
        if entry["choice"] not in CHOICES[key.kind]:
            raise ValueError(f"unknown choice {entry['choice']!r}")
        answers.append(Answer(str(document["judge"]), trials[entry["trial"]], entry["choice"], float(entry["seconds"])))
    return answers
