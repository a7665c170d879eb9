"""The result of a study as text, with a table for all pictures and one for each group of them."""

from collections.abc import Iterator, Sequence

from training.study.analysis import Share, pairs, preference, strengths, taken_for_real
from training.study.answers import Answer, consistency, first_answers
from training.study.page import Key
from training.study.trials import COMPARE

RESAMPLES = 1000


def report(key: Key, answers: Sequence[Answer], *, seed: int) -> str:
    """The answers to a study, in Markdown."""
    judges = len({answer.judge for answer in answers})
    first = first_answers(answers)
    lines = [f"{len(first)} answers by {_counted(judges, 'judge')}, study {key.study}. Intervals cover 95 %."]
    for group in _groups(first):
        chosen = [answer for answer in first if group in (None, answer.group)]
        lines += ["", f"## {'All pictures' if group is None else group or 'other'}", ""]
        lines += _comparisons(chosen, seed) if key.kind == COMPARE else _fooling(chosen)
    same, repeated = consistency(answers)
    if repeated:
        lines += ["", f"Asked again with the sides swapped, the same answer came in {same} of {repeated} cases."]
    return "\n".join(lines) + "\n"


def _groups(answers: Sequence[Answer]) -> list[str | None]:
    groups = sorted({answer.group for answer in answers})
    return [None, *groups] if len(groups) > 1 else [None]


def _comparisons(answers: Sequence[Answer], seed: int) -> Iterator[str]:
    yield "| preferred | to | share | answers |"
    yield "|---|---|---|---|"
    for pair in pairs(answers):
        better, worse = sorted(pair, key=lambda method: -preference(answers, method, _other(pair, method)).value)
        result = preference(answers, better, worse)
        yield f"| {better} | {worse} | {_percent(result)} | {result.count} |"
    yield ""
    yield "| method | strength (Bradley-Terry) |"
    yield "|---|---|"
    for strength in strengths(answers, resamples=RESAMPLES, seed=seed):
        yield f"| {strength.method} | {strength.value:+.2f} ({strength.low:+.2f} to {strength.high:+.2f}) |"


def _fooling(answers: Sequence[Answer]) -> Iterator[str]:
    yield "| pictures | taken for real | answers |"
    yield "|---|---|---|"
    for method in sorted({method for answer in answers for method in answer.trial.methods}):
        result = taken_for_real(answers, method)
        yield f"| {method} | {_percent(result)} | {result.count} |"


def _other(pair: tuple[str, str], method: str) -> str:
    return pair[1] if method == pair[0] else pair[0]


def _percent(result: Share) -> str:
    return f"{result.value:.0%} ({result.low:.0%} to {result.high:.0%})"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
