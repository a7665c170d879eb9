"""What a fault test submits, and the expected outcome of each entry."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from tests.shared.archives.making import make_zip
from tests.zoo.pictures import picture

# All photographs and variants that submissions use. Their results are recorded once, in an undisturbed run.
PHOTOGRAPHS = 12
VARIANTS = 2
SUCCEEDED, FAILED, SKIPPED = "succeeded", "failed", "skipped"

_numbers = itertools.count(1)


@cache
def photograph(seed: int) -> bytes:
    return picture(seed)


@dataclass(frozen=True)
class Entry:
    name: str
    content: bytes
    state: str = SUCCEEDED
    code: str | None = None


Make = Callable[[random.Random], "Submission"]

BROKEN = Entry("broken.jpg", photograph(0)[:200], FAILED, "corrupt_image")


@dataclass(frozen=True)
class Submission:
    """`tag` is its Idempotency-Key, by which failpoints recognize the job."""

    tag: str
    body: bytes
    entries: tuple[Entry, ...]
    filename: str
    variants: int = 1
    # How long after its acceptance.
    deadline: str | None = None


def archive(*entries: Entry) -> Submission:
    body = make_zip([(entry.name, entry.content) for entry in entries])
    tag = new_tag()
    return Submission(tag, body, entries, f"{tag}.zip")


def all_photographs() -> Submission:
    """Every photograph, in all variants."""
    all_of_them = archive(*(Entry(f"{seed:04}.jpg", photograph(seed)) for seed in range(PHOTOGRAPHS)))
    return replace(all_of_them, variants=VARIANTS)


def photographs(count: int, rng: random.Random) -> Submission:
    """An archive of photographs only."""
    return archive(*(_photograph(index, rng) for index in range(count)))


def mixture(count: int, rng: random.Random) -> Submission:
    """Photographs, with a broken one and a text file among them."""
    entries = [_photograph(index, rng) for index in range(count)]
    broken, notes = rng.sample(range(count), 2)
    entries[broken] = BROKEN
    entries[notes] = Entry("notes.txt", b"About these pictures.", SKIPPED, "not_an_image")
    return archive(*entries)


def with_one(odd: Entry, count: int, rng: random.Random) -> Submission:
    """Photographs, with `odd` somewhere in the first half."""
    entries = [_photograph(index, rng) for index in range(count)]
    entries[rng.randrange(count // 2)] = odd
    return archive(*entries)


def six_mixed(rng: random.Random) -> Submission:
    """Two chunks that contain every kind of entry."""
    return mixture(6, rng)


def six_in_variants(rng: random.Random) -> Submission:
    """The same, with several variants of each photograph."""
    return replace(mixture(6, rng), variants=VARIANTS)


def single(entry: Entry) -> Submission:
    """A picture submitted without an archive."""
    tag = new_tag()
    name = f"{tag}.jpg"
    return Submission(tag, entry.content, (replace(entry, name=name),), name)


def single_photograph(rng: random.Random) -> Submission:
    return single(_photograph(0, rng))


def new_tag() -> str:
    return f"tag-{next(_numbers)}-{random.randrange(16**8):08x}"


def _photograph(index: int, rng: random.Random) -> Entry:
    return Entry(f"{index:04}.jpg", photograph(rng.randrange(PHOTOGRAPHS)))
