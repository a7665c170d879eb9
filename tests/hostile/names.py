"""Names that programs may interpret as paths, headers, formulas or markup. Raw bytes, as archives store them."""

import unicodedata

SLIPPED = b"photochrom-slipped"
"""Part of every name that leads outside. After an attack, no file may have such a name."""

CLIMBING = [
    b"../" * 12 + b"tmp/" + SLIPPED + b".jpg",
    b"/tmp/" + SLIPPED + b".jpg",
    b"//tmp/" + SLIPPED + b".jpg",
    b"scans/../../../" + SLIPPED + b".jpg",
    b"....//....//" + SLIPPED + b".jpg",
    b"./../" + SLIPPED + b".jpg",
    b"%2e%2e%2f" + SLIPPED + b".jpg",
    b"~/" + SLIPPED + b".jpg",
]
"""CWE-22, "zip slip"; CVE-2007-4559 for tars. As in snyk/zip-slip-vulnerability and jwilk/traversal-archives."""

CLIMBED = ["skipped hidden_file" if name.startswith(b"....") else "succeeded" for name in CLIMBING]
"""The outcomes of pictures with these names."""

WINDOWS = [
    b"C:\\" + SLIPPED + b".jpg",
    b"C:" + SLIPPED + b".jpg",
    b"\\\\server\\share\\" + SLIPPED + b".jpg",
    b"\\\\?\\C:\\" + SLIPPED + b".jpg",
    b"..\\..\\" + SLIPPED + b".jpg",
    b"CON.jpg",
    b"nul",
    b"COM1.tar.jpg",
    SLIPPED + b".jpg.",
    SLIPPED + b".jpg ",
    SLIPPED + b".jpg:stream",
    SLIPPED + b"?.jpg",
]
"""Names that are special on Windows: drives, shares, devices, streams, and trailing characters that it drops."""

COLLIDING = [
    b"album/a.jpg",
    b"album/a.jpg",
    b"album/A.JPG",
    b"Album/a.jpg",
    b"album/a.png",
    unicodedata.normalize("NFC", "é.jpg").encode(),
    unicodedata.normalize("NFD", "é.jpg").encode(),
    b"album",
]
"""Names that collide on some file systems, as in the BagIt conformance suite."""

UNREADABLE = [
    b"\xff\xfe.jpg",
    b"Gr\x94\xe1e.jpg",
    b"\xc0\xae\xc0\xae/\xed\xa0\x80.jpg",
    "safe-\u202egpj.exe-\u2066.jpg".encode(),
    b"a.jpg\r\nSet-Cookie: a=b.jpg",
    b'";filename=evil.html;.jpg',
    b"\x1b]0;owned\x07\xc2\x9b31m.jpg",
    b'=HYPERLINK("http://127.0.0.1/"&A1).jpg',
    b"<script>alert(1)</script>.jpg",
    b"{{7*7}}${jndi:ldap://127.0.0.1/}.jpg",
    "🙈".encode() * 300 + b".jpg",
]
"""Names that are unsafe to print: invalid, overlong and surrogate UTF-8, bidirectional overrides, headers, escapes."""
