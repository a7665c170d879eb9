"""The encodings of names that archives do not state: those that the option `name_encoding` accepts, and those that are
tried by themselves.
"""

import codecs
from dataclasses import dataclass

_WEST = ("French", "German", "Spanish", "Portuguese", "Italian", "Danish", "Swedish", "Icelandic")
_CENTRAL = ("Polish", "Czech", "Hungarian", "Romanian", "Croatian", "German")
_CYRILLIC = ("Russian", "Ukrainian", "Bulgarian", "Serbian")
_BALTIC = ("Lithuanian", "Latvian", "Estonian", "Polish")
_ARABIC = ("Arabic", "Farsi")
_TURKISH = ("Turkish", "German", "French")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An encoding that is tried. `bits`: how improbable it is before any name was read."""

    encoding: str
    languages: tuple[str, ...]
    bits: float


def _candidates(*rows: tuple[str, tuple[str, ...], float]) -> tuple[Candidate, ...]:
    return tuple(Candidate(*row) for row in rows)


_EVERYWHERE = _candidates(
    ("cp932", ("Japanese",), 1.5),
    ("gb18030", ("Simplified",), 1.5),
    ("cp950", ("Traditional",), 1.5),
    ("cp949", ("Korean",), 1.5),
    ("big5hkscs", ("Traditional",), 5),
    ("euc_jp", ("Japanese",), 4),
    ("cp866", _CYRILLIC, 2),
    ("cp1251", _CYRILLIC, 4),
    ("koi8_r", _CYRILLIC, 5),
    ("koi8_u", _CYRILLIC, 6),
    ("iso8859_5", _CYRILLIC, 7),
    ("cp852", _CENTRAL, 4),
    ("cp1250", _CENTRAL, 4.5),
    ("iso8859_2", _CENTRAL, 5),
    ("cp737", ("Greek",), 3),
    ("cp1253", ("Greek",), 4),
    ("iso8859_7", ("Greek",), 5),
    ("cp857", _TURKISH, 3),
    ("cp1254", _TURKISH, 4),
    ("cp862", ("Hebrew",), 3),
    ("cp1255", ("Hebrew",), 4),
    ("cp720", _ARABIC, 4),
    ("cp1256", _ARABIC, 4),
    ("cp874", ("Thai",), 3),
    ("cp775", _BALTIC, 6),
    ("cp1257", _BALTIC, 6),
    ("cp860", ("Portuguese",), 5),
    ("cp861", ("Icelandic",), 4),
    ("cp863", ("French",), 6),
    ("mac_roman", _WEST, 6),
)
# Zips come from DOS and Windows, tars from Unix, where what is not UTF-8 is mostly Latin-1.
CANDIDATES = {
    "cp437": _candidates(("cp437", _WEST, 0), ("cp850", _WEST, 1), ("cp1252", _WEST, 2)) + _EVERYWHERE,
    "latin-1": _candidates(("cp1252", _WEST, 0), ("cp850", _WEST, 4), ("cp437", _WEST, 5)) + _EVERYWHERE,
}
MULTIBYTE = frozenset({"cp932", "gb18030", "cp950", "cp949", "big5hkscs", "euc_jp", "johab"})
# Some of their two-byte characters are valid UTF-8, too.
LIKE_UTF8 = MULTIBYTE - {"cp932"}

# What people call an encoding, where the one that is really in use has more characters.
_WIDER = {
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "cp950",
    "tis-620": "cp874",
}
_OTHERS = """
utf-8 big5hkscs cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869
cp874 cp932 cp949 cp950 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 euc_jp euc_kr gb18030 gb2312 gbk
big5 shift_jis johab iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9
iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-t koi8-u mac-cyrillic mac-greek mac-iceland
mac-latin2 mac-roman mac-turkish tis-620
"""
NAME_ENCODINGS = tuple(sorted(_OTHERS.split()))
_KNOWN = frozenset(codecs.lookup(name).name for name in NAME_ENCODINGS)


def codec_of(encoding: str) -> str | None:
    """Python's name of the codec for an encoding, by any of its usual names. None if it is not in `NAME_ENCODINGS`."""
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        return None
    return _WIDER.get(name, name) if name in _KNOWN else None
