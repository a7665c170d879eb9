"""D: archives of which something else follows the first end."""

import gzip

from tests.cases.case import Case
from tests.cases.listings import described
from tests.shared.archives.compressing import pack
from tests.shared.archives.making import index_tar, make_tar

FIRST = make_tar([("a.jpg", b"a" * 600)])
SECOND = make_tar([("b.jpg", b"b" * 600), ("c.jpg", b"c" * 600)])
ALL = "a.jpg, b.jpg, c.jpg"


def compressed(content: bytes) -> str:
    return described(lambda: pack(content, "application/gzip"))


CASES = [
    Case(
        letter="D",
        name="t_cat.tar",
        situation="`cat a.tar b.tar > both.tar`.",
        right=ALL,
        check=lambda: described(lambda: index_tar(FIRST + SECOND)),
    ),
    Case(
        letter="D",
        name="t_cat_padded.tar",
        situation="The same with a megabyte of zeros in between, as `tar -i` reads it.",
        right=ALL,
        check=lambda: described(lambda: index_tar(FIRST + bytes(1024**2) + SECOND)),
    ),
    Case(
        letter="D",
        name="t_cat_then_compressed.tar.gz",
        situation="The same, compressed as a whole.",
        right=ALL,
        check=lambda: compressed(gzip.compress(FIRST + SECOND)),
    ),
    Case(
        letter="D",
        name="t_compressed_then_cat.tar.gz",
        situation="`cat a.tar.gz b.tar.gz > both.tar.gz`.",
        right=ALL,
        check=lambda: compressed(gzip.compress(FIRST) + gzip.compress(SECOND)),
    ),
    Case(
        letter="D",
        name="t_and_a_zip.tar",
        situation="What follows is no tar: it is reported.",
        right="a.jpg; 1 trailing_data",
        check=lambda: described(lambda: index_tar(FIRST + b"PK\3\4" + bytes(100))),
    ),
    Case(
        letter="D",
        name="t_compressed_and_a_plain_tar.tar.gz",
        situation="What follows the compressed data is not compressed: it is reported.",
        right="a.jpg; 1 trailing_data",
        check=lambda: compressed(gzip.compress(FIRST) + SECOND),
    ),
]
