"""The buckets that may be read: the service's bucket, and those that the operator allows jobs to name."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from shared.settings import SourcesSettings, StorageSettings
from shared.storage.errors import BucketNotAllowed
from shared.storage.opening import open_storage
from shared.storage.protocol import ObjectReader, ObjectStorage


@dataclass(frozen=True)
class Buckets:
    """`primary` is the service's bucket. `same_server` names those on its server, which are unavailable when it is."""

    primary: ObjectStorage
    allowed: Mapping[str, ObjectReader] = field(default_factory=dict)
    same_server: frozenset[str] = frozenset()
    # Whose jobs may read a bucket, by its name. What is not listed is for everyone.
    owners: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def bound_to(self, owner: str | None) -> "Buckets":
        """Those that the owner's jobs may read. None: all."""
        if owner is None:
            return self
        readable = {name for name in self.allowed if owner in self.owners.get(name, {owner})}
        return replace(self, allowed={name: reader for name, reader in self.allowed.items() if name in readable})

    def find(self, name: str | None) -> ObjectReader:
        """None is the service's bucket. Raises BucketNotAllowed, whether or not a bucket of that name exists."""
        if name is None:
            return self.primary
        if name not in self.allowed:
            raise BucketNotAllowed("Jobs may not read this bucket. The operator decides which buckets they may.")
        return self.allowed[name]

    def on_same_server(self, name: str | None) -> bool:
        return name is None or name in self.same_server


@contextmanager
def open_buckets(storage: ObjectStorage, settings: StorageSettings, sources: SourcesSettings) -> Iterator[Buckets]:
    """`storage` is the service's bucket, opened with `settings`."""
    with ExitStack() as stack:
        allowed, same_server = dict[str, ObjectReader](), set[str]()
        for bucket in sources.buckets:
            other = bucket.storage(settings)
            if other.model_copy(update={"bucket": settings.bucket}) == settings:
                allowed[bucket.name] = storage.in_bucket(bucket.name)
            else:
                allowed[bucket.name] = stack.enter_context(open_storage(other, abandon_on_cancel=True))
            if other.endpoint_url == settings.endpoint_url:
                same_server.add(bucket.name)
        owners = {bucket.name: frozenset(bucket.owners) for bucket in sources.buckets if bucket.owners is not None}
        yield Buckets(storage, allowed, frozenset(same_server), owners)
