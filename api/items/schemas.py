"""An item as clients see it."""

from pydantic import BaseModel, ConfigDict, Field

from api.examples import ITEM, documented_by
from api.http.links import Link
from api.http.timestamps import Timestamp
from api.jobs.schemas import Failure, job_path
from shared.chunks import documents
from shared.documents import Failure as FailureDocument
from shared.lifecycle import ItemState
from shared.verdicts import Verdict


class Result(BaseModel):
    """A colorized picture."""

    variant: int = Field(description="number of the variant, from 1")
    seed: int = Field(description="the seed of this variant")
    member: str = Field(description="its path in `results.zip`")
    bytes: int
    sha256: str
    width: int
    height: int
    media_type: str = Field(examples=["image/jpeg"])
    link: str = Field(description="where to download it")

    @classmethod
    def of(cls, path: str, member: str, result: documents.Result) -> "Result":
        query = f"?variant={result.variant}" if result.variant > 1 else ""
        return cls.model_validate({**result.model_dump(), "member": member, "link": f"{path}/result{query}"})


class Note(BaseModel):
    """`code` is for programs, `detail` for people."""

    code: str = Field(examples=["damaged_metadata"])
    detail: str


class Judging(BaseModel):
    """Who gave a verdict."""

    owner: str = Field(description="of the key")
    key: str | None = Field(description="the short id of the API key; null where none was needed")
    at: Timestamp


class ItemChange(BaseModel):
    """The body of a PATCH of an item."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"verdict": "accepted"}]})

    verdict: Verdict | None = Field(description="null withdraws it")


class ItemLinks(BaseModel):
    """What can be requested next."""

    self: str
    source: Link = None
    result: Link = None
    source_preview: Link = None
    preview: Link = None


class Item(BaseModel):
    model_config = documented_by(ITEM)

    index: int = Field(description="from 0, in the archive's own order")
    name: str = Field(description="as in the archive", examples=["1931/Hafen.jpg"])
    member: str = Field(
        description="its path in `results.zip`: safe, unique, with the extension of the result's format"
    )
    state: ItemState
    result: Result | None = Field(description="the first of `results`")
    results: list[Result] = Field(description="all variants once the item has succeeded, else empty")
    error: Failure | None = Field(description="why it failed, was skipped or expired")
    verdict: Verdict | None = Field(description="what somebody decided about its result")
    judged: Judging | None = Field(description="who gave the verdict, and when")
    notes: list[Note] = Field(description="what is worth knowing about its source, although it could be read")
    timings_ms: dict[str, float] | None = Field(examples=[{"fetch": 4.1, "decode": 71.0, "infer": 210.5}])
    columns: dict[str, str] | None = Field(description="the other columns of its row in the manifest")
    name_bytes: str | None = Field(
        description="base64 of the name as stored, unless `name` is the same in UTF-8; cut to 1 KB"
    )
    links: ItemLinks

    @classmethod
    def of(cls, job_id: str, item: documents.Item, state: ItemState, error: FailureDocument | None) -> "Item":
        path = f"{job_path(job_id)}/items/{item.index}"
        results = [Result.of(path, member, result) for member, result in item.results_by_member()]
        first = next(iter(results), None)
        return cls(
            index=item.index,
            name=item.name,
            member=first.member if first else item.member,
            state=state,
            result=first,
            results=results,
            error=Failure.model_validate(error.model_dump()) if error else None,
            verdict=item.verdict,
            judged=Judging.model_validate(item.judgment.model_dump()) if item.judgment else None,
            notes=[Note.model_validate(note.model_dump()) for note in item.notes],
            timings_ms=item.timings_ms,
            columns=item.columns,
            name_bytes=item.name_bytes,
            links=ItemLinks(
                self=path,
                source=f"{path}/source" if item.locator else None,
                result=first.link if first else None,
                source_preview=f"{path}/source-preview" if item.previews else None,
                preview=f"{path}/preview" if item.previews else None,
            ),
        )


class ItemPage(BaseModel):
    model_config = documented_by({"data": [ITEM], "next_cursor": None})

    data: list[Item]
    next_cursor: str | None = Field(description="pass it as `after` for the next page; null on the last one")
