"""What a client states about a job besides how its pictures are colorized."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.durations import parse_duration
from shared.lengths import at_most
from shared.webhooks.urls import WebhookUrl

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


def _parse_moment(value: object) -> datetime | timedelta:
    if isinstance(value, datetime | timedelta):
        return value
    if isinstance(value, str):
        if duration := parse_duration(value):
            return duration
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return moment
    raise PydanticCustomError(
        "moment", "write a time with its zone, as 2026-12-24T18:00:00Z, or from now on, as 90m, 2h or 30d", {}
    )


# A time, or how long from now.
Moment = Annotated[
    datetime | timedelta,
    BeforeValidator(_parse_moment),
    WithJsonSchema({"type": "string", "examples": ["2h", "2026-12-24T18:00:00Z"]}),
]


FOREVER = "forever"


def _parse_keep(value: object) -> timedelta | str:
    if isinstance(value, timedelta) or value == FOREVER:
        return value
    if isinstance(value, str) and (duration := parse_duration(value)):
        return duration
    raise PydanticCustomError("keep", "write how long, as 12h, 30d or 4w, or forever", {})


Keep = Annotated[
    timedelta | Literal["forever"],
    BeforeValidator(_parse_keep),
    WithJsonSchema({"type": "string", "examples": ["30d", "forever"]}),
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

    deadline: Annotated[
        Moment | None,
        Field(
            description="a time, or how long from now; what no worker has started on by then is not colorized, and "
            "becomes `expired`"
        ),
    ] = None

    keep: Annotated[
        Keep | None,
        Field(
            description="how long after its end the job is kept. Then its source and results are deleted, and its "
            "record says so. By default as the service is configured; if it is not, `forever`"
        ),
    ] = None

    webhook: Annotated[
        WebhookUrl | None,
        Field(
            description="a URL to which the job's end is reported, signed as Standard Webhooks define it. By default "
            "as the service is configured",
            examples=["https://archive.example/hooks/photochrom"],
        ),
    ] = None

    @property
    def as_stated(self) -> str:
        """For a fingerprint. Empty if nothing is stated, so that requests of clients without terms keep theirs."""
        return self.model_dump_json() if self.model_fields_set else ""


def time_of(moment: datetime | timedelta | None, now: datetime) -> datetime | None:
    return now + moment if isinstance(moment, timedelta) else moment
