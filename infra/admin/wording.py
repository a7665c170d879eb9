"""Times and sizes as operators write them."""

import argparse
import re
from datetime import timedelta

from pydantic import ByteSize, TypeAdapter, ValidationError

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_SIZE = TypeAdapter(ByteSize)


def duration(text: str) -> timedelta:
    """`30m`, `12h`, `90d`. Raises ArgumentTypeError."""
    match = re.fullmatch(r"(\d{1,5})([mhd])", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time. Write it as 30m, 12h or 90d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def size(text: str) -> int:
    """`500GiB`, `2MB`, `1000`. Raises ArgumentTypeError."""
    try:
        return int(_SIZE.validate_python(text))
    except ValidationError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size. Write it as 500MiB or 20GB.") from None
