"""The options of a job. The gateway validates them once; they are stored with the job and read by the worker."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from shared.archives.encodings import NAME_ENCODINGS, codec_of
from shared.lengths import at_most


class ResultFormat(StrEnum):
    SAME = "same"
    JPEG = "jpeg"
    PNG = "png"
    TIFF = "tiff"
    WEBP = "webp"
    AVIF = "avif"

    @classmethod
    def _missing_(cls, value: object) -> "ResultFormat | None":
        """The usual extensions are accepted as well; jobs are stored with the format's name."""
        return {"jpg": cls.JPEG, "tif": cls.TIFF}.get(str(value))

    @property
    def has_quality(self) -> bool:
        """Whether results can have a quality. `same` can: its source may be of a format that has one."""
        return self not in {ResultFormat.PNG, ResultFormat.TIFF}


MOST_HINTS = 100
MOST_VARIANTS = 4
LARGEST_SEED = 2**32 - 1

Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class Hint(BaseModel):
    """The color at a place in the picture. Places refer to the picture as a viewer shows it, with its EXIF orientation
    applied. The scan keeps its lightness, so only hue and saturation of the color count.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    x: Annotated[Share, Field(description="0 at the left edge, 1 at the right one")]
    y: Annotated[Share, Field(description="0 at the top, 1 at the bottom")]
    color: Annotated[
        str,
        StringConstraints(to_lower=True, pattern="^#[0-9a-fA-F]{6}$"),
        Field(description="of sRGB, in hexadecimal", examples=["#b03020"]),
    ]

    @property
    def rgb(self) -> tuple[int, int, int]:
        red, green, blue = bytes.fromhex(self.color.removeprefix("#"))
        return red, green, blue


ModelName = Annotated[
    str | None,
    Field(
        max_length=64,
        description="a model of `GET /v1/models`, with its weights at the time the job is accepted; the default one if "
        "absent",
    ),
]
Vividness = Annotated[
    float, Field(ge=0.0, le=1.5, allow_inf_nan=False, description="0 cautious, 1 as learned, 1.5 vivid")
]
Hints = Annotated[
    tuple[Hint, ...],
    Field(max_length=MOST_HINTS, description="colors of places, for a single picture and a model that takes them"),
    at_most(MOST_HINTS, "Tuple"),
]
Seed = Annotated[
    int,
    Field(ge=0, le=LARGEST_SEED, description="another number gives other plausible colors; 0 the likeliest first"),
]


class Options(BaseModel):
    """Unknown fields are refused: a misspelled option must not be ignored silently on a hundred thousand scans."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: ModelName = None
    vividness: Vividness = 1.0
    format: Annotated[
        ResultFormat,
        Field(
            description="the results' format; `same` as each source; `jpg` and `tif` are accepted for `jpeg` and `tiff`"
        ),
    ] = ResultFormat.SAME
    quality: Annotated[
        int | None,
        Field(
            ge=1,
            le=100,
            description="of JPEG, WebP and AVIF results. By default a JPEG keeps its own and another source gives "
            "a JPEG of 92, a lossy WebP gives a WebP of 90, and other WebPs and all AVIFs are lossless",
        ),
    ] = None
    hints: Hints = ()
    seed: Seed = 0
    variants: Annotated[
        int, Field(ge=1, le=MOST_VARIANTS, description="how many colorings of each picture, each a result of its own")
    ] = 1

    name_encoding: Annotated[
        str | None,
        Field(
            max_length=32,
            description="of an archive's names that are not UTF-8, such as cp932, gbk, big5, euc_kr, cp866 or cp850; "
            "by default it is detected from all of them together",
        ),
    ] = None

    @property
    def name_codec(self) -> str | None:
        """Python's name of `name_encoding`."""
        return self.name_encoding and codec_of(self.name_encoding)

    @field_validator("name_encoding")
    @classmethod
    def _check_encoding_is_known(cls, encoding: str | None) -> str | None:
        if encoding is not None and codec_of(encoding) is None:
            raise PydanticCustomError(
                "unknown_encoding", "unknown encoding; choose one of {known}", {"known": ", ".join(NAME_ENCODINGS)}
            )
        return encoding

    @field_validator("quality")
    @classmethod
    def _check_format_has_quality(cls, quality: int | None, info: ValidationInfo) -> int | None:
        form = info.data.get("format", ResultFormat.SAME)
        if quality is not None and not form.has_quality:
            raise PydanticCustomError(
                "no_quality", "a {form} is written without loss and has none", {"form": str(form)}
            )
        return quality


class Coloring(BaseModel):
    """How one picture is colored: the options of a job that its colors depend on, and which of the variants it is."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"vividness": 1.3, "hints": [{"x": 0.31, "y": 0.4, "color": "#b03020"}]}]},
    )

    model: ModelName = None
    vividness: Vividness = 1.0
    seed: Seed = 0
    variant: Annotated[int, Field(ge=1, le=MOST_VARIANTS, description="number of the variant, from 1")] = 1
    hints: Hints = ()

    def as_options(self, form: ResultFormat, quality: int) -> Options:
        """Of a job with this variant as its last."""
        chosen = self.model_dump(exclude={"variant"})
        return Options(**chosen, variants=self.variant, format=form, quality=quality)
