"""The buckets that bytes may be read from: our own, and those that the operator allows jobs to name."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from shared.settings import SourcesSettings, StorageSettings
from shared.storage.errors import BucketNotAllowed
from shared.storage.opening import open_storage
from shared.storage.protocol import ObjectReader, ObjectStorage


@dataclass(frozen=True)
class Buckets:
    """`near` are those on the server of our own bucket: when one of them is away, so are we."""

    own: ObjectStorage
    allowed: Mapping[str, ObjectReader] = field(default_factory=dict)
    near: frozenset[str] = frozenset()

    def find(self, name: str | None) -> ObjectReader:
        """None is our own. Raises BucketNotAllowed for any that is not on the list, in the same words for each."""
        if name is None:
            return self.own
        if name not in self.allowed:
            raise BucketNotAllowed("This bucket is not one that jobs may read; the operator decides which are.")
        return self.allowed[name]

    def is_near(self, name: str | None) -> bool:
        return name is None or name in self.near


@contextmanager
def open_buckets(storage: ObjectStorage, own: StorageSettings, sources: SourcesSettings) -> Iterator[Buckets]:
    """`storage` is our own bucket, by the settings `own`."""
    with ExitStack() as stack:
        allowed, near = dict[str, ObjectReader](), set[str]()
        for bucket in sources.buckets:
            settings = bucket.storage(own)
            if settings.model_copy(update={"bucket": own.bucket}) == own:
                allowed[bucket.name] = storage.in_bucket(bucket.name)
            else:
                allowed[bucket.name] = stack.enter_context(open_storage(settings, abandon_on_cancel=True))
            if settings.endpoint_url == own.endpoint_url:
                near.add(bucket.name)
        yield Buckets(storage, allowed, frozenset(near))
