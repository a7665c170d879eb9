"""The format of a key: `pc_<id>_<30 base62 digits><6 base62 digits of CRC-32>`.

The prefix lets scanners recognize a leaked key, the id names it in logs and commands, the checksum lets the gateway
refuse a mistyped one without asking the database. 30 base62 digits are 178 random bits, so a plain SHA-256 of the key
is enough: there is nothing to guess.
"""

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
# Without capitals, so that it can be read aloud.
ID_DIGITS = string.digits + string.ascii_lowercase
ID_LENGTH = 8
SECRET_LENGTH = 30
CHECKSUM_LENGTH = 6

_KEY = re.compile(rf"pc_([0-9a-z]{{{ID_LENGTH}}})_[0-9A-Za-z]{{{SECRET_LENGTH}}}[0-9A-Za-z]{{{CHECKSUM_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class KeyText:
    """A well-formed key. Only its id may be shown or logged."""

    id: str
    text: str = field(repr=False)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def new_key_text() -> KeyText:
    key_id, secret = _random(ID_DIGITS, ID_LENGTH), _random(BASE62, SECRET_LENGTH)
    content = f"pc_{key_id}_{secret}"
    return KeyText(key_id, content + _checksum(content))


def parse_key(text: str) -> KeyText | None:
    """None: it is no key, or it was mistyped or cut off."""
    match = _KEY.fullmatch(text)
    if match is None or text[-CHECKSUM_LENGTH:] != _checksum(text[:-CHECKSUM_LENGTH]):
        return None
    return KeyText(match[1], text)


def _random(digits: str, length: int) -> str:
    return "".join(secrets.choice(digits) for _ in range(length))


def _checksum(content: str) -> str:
    """62⁶ is more than 2³², so six digits hold any CRC-32."""
    value, written = zlib.crc32(content.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        value, digit = divmod(value, 62)
        written = BASE62[digit] + written
    return written
