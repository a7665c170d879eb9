"""Signed URLs: a path and its query, valid for GET until a time, in the name of the key that signed it."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from urllib.parse import parse_qsl, urlencode

SIGNATURE, EXPIRES, KEY = "signature", "expires", "key"


class Signer:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, path: str, query: str, key: str | None, expires: int) -> str:
        """Path and query with a signature. `key` is the short id of the caller's key."""
        signed = [*_pairs(query), (EXPIRES, str(expires)), *([(KEY, key)] if key else [])]
        return f"{path}?{urlencode([*signed, (SIGNATURE, self._signature(path, signed))])}"

    def check(self, path: str, query: str, now: float) -> tuple[bool, str | None]:
        """Whether the signature is valid now, and the short id of the key that signed."""
        pairs = parse_qsl(query, keep_blank_values=True)
        signed = [(name, value) for name, value in pairs if name != SIGNATURE]
        values = dict(pairs)
        is_genuine = hmac.compare_digest(self._signature(path, signed).encode(), values.get(SIGNATURE, "").encode())
        expires = values.get(EXPIRES, "")
        is_valid = is_genuine and len(pairs) == len(signed) + 1 and expires.isdecimal() and now < int(expires)
        return is_valid, values.get(KEY)

    def _signature(self, path: str, pairs: list[tuple[str, str]]) -> str:
        """Of the parameters in any order: proxies may sort them."""
        digest = hmac.new(self._secret, f"{path}?{urlencode(sorted(pairs))}".encode(), hashlib.sha256).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _pairs(query: str) -> list[tuple[str, str]]:
    """Without what an earlier signature added."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return [(name, value) for name, value in pairs if name not in {SIGNATURE, EXPIRES, KEY}]
