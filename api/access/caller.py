"""Who a request comes from, as the rest of the gateway sees it."""

from dataclasses import dataclass

# The owner of everything that is submitted without a key, and of all records from before there were keys.
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Caller:
    """`sees_all`: the records of every owner. What the caller creates belongs to `owner` in any case."""

    owner: str
    sees_all: bool = False

    @property
    def bound_to(self) -> str | None:
        """The owner whose records the caller's stores are bound to. None: everyone's."""
        return None if self.sees_all else self.owner


NO_KEY = Caller(LOCAL)
