"""What a client states about a job besides how its pictures are colorized."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from shared.lengths import at_most

MOST_LABELS = 16
LONGEST_LABEL = 64


def _check_label(label: str) -> str:
    if not label.isprintable() or label != label.strip():
        raise PydanticCustomError(
            "label", "a label must not contain control characters, or begin or end with a space", {}
        )
    return label


Label = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_LABEL, examples=["fonds=1931"]),
    AfterValidator(_check_label),
]


class Terms(BaseModel):
    """Unknown fields are refused, as with the options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    labels: Annotated[
        tuple[Label, ...],
        Field(
            max_length=MOST_LABELS,
            description="names by which to find the job again, such as `fonds=1931`. They mean nothing to the service",
        ),
        at_most(MOST_LABELS, "Tuple"),
        AfterValidator(lambda labels: tuple(dict.fromkeys(labels))),
    ] = ()

    @property
    def as_stated(self) -> str:
        """For a fingerprint. Empty if nothing is stated, so that requests of clients without terms keep theirs."""
        return self.model_dump_json() if self.model_fields_set else ""
