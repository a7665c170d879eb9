"""An item as clients see it."""

from pydantic import BaseModel, Field

from api.examples import ITEM, shown_as
from api.jobs.schemas import Failure, job_path
from api.links import Link
from shared.chunks import documents
from shared.jobs.lifecycle import ItemState
from shared.members import result_member


class Result(BaseModel):
    """The finished picture."""

    bytes: int
    sha256: str
    width: int
    height: int
    media_type: str = Field(examples=["image/jpeg"])


class ItemLinks(BaseModel):
    """Where to go from here."""

    self: str
    source: Link = None
    result: Link = None


class Item(BaseModel):
    model_config = shown_as(ITEM)

    index: int = Field(description="from 0, in the archive's own order")
    name: str = Field(description="as the archive gives it", examples=["1931/Hafen.jpg"])
    member: str = Field(description="its path in `results.zip`: safe, unique, with the extension of its result")
    state: ItemState
    result: Result | None
    error: Failure | None = Field(description="why it failed or was skipped")
    timings_ms: dict[str, float] | None = Field(examples=[{"fetch": 4.1, "decode": 71.0, "infer": 210.5}])
    columns: dict[str, str] | None = Field(description="what the manifest says of it beside its key")
    links: ItemLinks

    @classmethod
    def of(cls, job_id: str, item: documents.Item, state: ItemState) -> "Item":
        path = f"{job_path(job_id)}/items/{item.index}"
        found = item.results[0] if item.results else None
        return cls(
            index=item.index,
            name=item.name,
            member=result_member(item.member, found.media_type) if found else item.member,
            state=state,
            result=Result.model_validate(found.model_dump()) if found else None,
            error=Failure.model_validate(item.error.model_dump()) if item.error else None,
            timings_ms=item.timings_ms,
            columns=item.columns,
            links=ItemLinks(
                self=path,
                source=f"{path}/source" if item.locator else None,
                result=f"{path}/result" if state is ItemState.SUCCEEDED else None,
            ),
        )


class ItemPage(BaseModel):
    model_config = shown_as({"data": [ITEM], "next_cursor": None})

    data: list[Item]
    next_cursor: str | None = Field(description="give it as `after` to go on; null at the end")
