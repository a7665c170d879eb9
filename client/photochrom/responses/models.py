"""The colorizers that the service offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from .documents import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A colorizer that jobs can select by its `id`. `sha256` is that of its weights; `hints`: it takes color hints."""

    id: str
    sha256: str
    default: bool
    hints: bool
    description: str
    raw: Document = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(**{name: document[name] for name in cls.__dataclass_fields__ if name != "raw"}, raw=document)
