"""The format of keys: recognizable, checked before any query, and never shown by accident."""

import re
import string

from hypothesis import given
from hypothesis import strategies as st

from shared.keys.format import KeyText, new_key_text, parse_key


def test_a_key_has_the_documented_format() -> None:
    key = new_key_text()

    assert re.fullmatch(r"pc_[0-9a-z]{8}_[0-9A-Za-z]{36}", key.text)
    assert parse_key(key.text) == key
    assert key.text.startswith(f"pc_{key.id}_")


def test_known_keys_stay_valid() -> None:
    """Made by the first version: a change of the checksum would lock everyone out."""
    key = parse_key("pc_c5jnn2i7_1d4xw56iEgJdLg1Ny9sc1OHfvRQZDW1K8DTT")

    assert key is not None
    assert key.id == "c5jnn2i7"


@given(place=st.integers(0, 47), digit=st.sampled_from(string.printable))
def test_a_single_mistyped_character_is_noticed(place: int, digit: str) -> None:
    text = new_key_text().text

    assert (parse_key(text[:place] + digit + text[place + 1 :]) is None) is (digit != text[place])


@given(st.text())
def test_other_text_is_no_key(text: str) -> None:
    assert parse_key(text) is None


def test_the_secret_is_in_no_repr_and_no_two_keys_are_alike() -> None:
    keys = [new_key_text() for _ in range(100)]

    assert all(key.text not in repr(key) for key in keys)
    assert len({key.text for key in keys}) == len({key.sha256 for key in keys}) == 100
    assert isinstance(keys[0], KeyText)
