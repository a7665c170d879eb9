"""Who a request comes from, as the rest of the gateway sees it."""

from dataclasses import dataclass

from shared.keys.documents import KeyLimits, Scope

# The owner of everything that is submitted without a key, and of all records from before there were keys.
LOCAL = "local"
NO_LIMITS = KeyLimits()


@dataclass(frozen=True, slots=True)
class Caller:
    """`key` is the short id of the API key; None: the request has none. `limits` are the key's, or the gateway's."""

    owner: str
    key: str | None = None
    scopes: frozenset[Scope] = frozenset({Scope.SUBMIT, Scope.READ})
    limits: KeyLimits = NO_LIMITS

    @property
    def sees_all(self) -> bool:
        """The records of every owner. What the caller creates belongs to `owner` in any case."""
        return Scope.ADMIN in self.scopes

    @property
    def bound_to(self) -> str | None:
        """The owner whose records the caller's stores are bound to. None: everyone's."""
        return None if self.sees_all else self.owner

    def may(self, scope: Scope) -> bool:
        return self.sees_all or scope in self.scopes


NO_KEY = Caller(LOCAL)
