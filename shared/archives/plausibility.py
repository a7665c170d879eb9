"""How plausible decoded names are, in bits: the fewer, the more probable is it that people called their pictures so."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from shared.archives.alphabets import EAST_ASIAN, LATIN, surprise

# These occur in names, those of the second kind only beside numbers or alone.
_PUNCTUATION = frozenset("–—’‘“”«»…·´、。「」『』（）［］【】・〜～！？：；＆＿－＋")
_MARKS = frozenset("§©®€£½¼¾°ºª№¿¡×")
_LETTERS = frozenset("ー々〆ヶ")
_PUNCTUATION_BITS = 8.0
_MARK_BITS = 5.0
_SYMBOL_BITS = 13.0
_FRAME_BITS = 15.0
_NOT_TEXT_BITS = 20.0
_BESIDE_LETTER_BITS = 8.0
_CHANGE_OF_CASE_BITS = 8.0
_FOREIGN_NEIGHBOR_BITS = 6.0
_ROMAN_NEIGHBOR_BITS = 3.0
_OTHER_LANGUAGE_BITS = 3.0
# After a letter that is not ASCII: what a Japanese or Chinese character leaves of itself in any other encoding.
_LEFTOVER_BITS = {'"': 8.0, "*": 8.0, ":": 8.0, "<": 8.0, ">": 8.0, "?": 8.0, "|": 8.0, "\\": 3.0} | dict.fromkeys(
    "[]^`{}~@", 3.0
)


def bits_of(names: Iterable[str], languages: Iterable[str]) -> float:
    """Most names of an archive are in one language; but archives of travelers have names in several."""
    languages = tuple(languages)
    totals = dict.fromkeys(languages, 0.0)
    for name in names:
        in_each = _bits_in_each(name, languages)
        elsewhere = min(in_each) + _OTHER_LANGUAGE_BITS
        for language, bits in zip(languages, in_each, strict=True):
            totals[language] += min(bits, elsewhere)
    return min(totals.values())


def _bits_in_each(name: str, languages: tuple[str, ...]) -> list[float]:
    letters, rest = [], 0.0
    for place, letter in enumerate(name):
        if letter.isascii():
            continue
        before, after = name[max(place - 2, 0) : place], name[place + 1 : place + 3]
        rest += _bits_of_leftover(after)
        bits = _bits_of_symbol(letter)
        if bits is None:
            letters.append(letter)
            rest += _bits_of_case(letter, before)
        else:
            rest += bits + _BESIDE_LETTER_BITS * (letter in _MARKS and (before[-1:] + after[:1]).isalpha())
    meetings = _meetings(name)
    return [
        rest + sum(surprise(letter, language) for letter in letters) + meetings * _bits_of_meeting(language)
        for language in languages
    ]


@lru_cache(maxsize=4096)
def _bits_of_symbol(letter: str) -> float | None:
    """None for a letter."""
    if letter in _PUNCTUATION:
        return _PUNCTUATION_BITS
    if letter in _MARKS:
        return _MARK_BITS
    kind = unicodedata.category(letter)
    if kind[0] in "LM" or letter in _LETTERS:
        return None
    if kind in {"Cc", "Cn", "Co", "Cs", "Cf"}:
        return _NOT_TEXT_BITS
    return _FRAME_BITS if "\u2500" <= letter <= "\u25ff" else _SYMBOL_BITS


def _bits_of_leftover(after: str) -> float:
    return _LEFTOVER_BITS.get(after[:1], 0.0) + 8.0 * (after == "\\.")


def _bits_of_case(letter: str, before: str) -> float:
    """`grÖsse` and `STRAßE` are not how people write: probably these are other letters in another encoding."""
    if letter.isupper():
        return _CHANGE_OF_CASE_BITS * before[-1:].islower()
    return _CHANGE_OF_CASE_BITS * (letter.islower() and letter != "ß" and len(before) == 2 and before.isupper())


def _meetings(name: str) -> int:
    """How often a letter of ASCII is next to another letter."""
    return sum(
        left.isascii() != right.isascii() and left.isalpha() and right.isalpha() for left, right in pairwise(name)
    )


def _bits_of_meeting(language: str) -> float:
    """Alphabets do not meet within a word. Next to ideographs a Roman letter is less of a surprise."""
    if language in LATIN:
        return 0.0
    return _ROMAN_NEIGHBOR_BITS if language in EAST_ASIAN else _FOREIGN_NEIGHBOR_BITS
