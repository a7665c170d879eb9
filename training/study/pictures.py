"""The pictures of a study: a folder with one folder of results for each method, under the same names."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from training.data.photographs import picture_files, upright_rgb

TRUTH = "truth"  # The folder of the real photographs.
QUALITY = 90
_ASPECT_TOLERANCE = 0.02


class UnreadablePictureError(ValueError):
    """A picture of a study cannot be shown."""


@dataclass(frozen=True)
class Pictures:
    """`methods` maps each method to its files by name: the path below the method's folder, without the suffix.

    All methods have the same names.
    """

    methods: dict[str, dict[str, Path]]

    @property
    def names(self) -> list[str]:
        return sorted(next(iter(self.methods.values())))

    @property
    def colorized(self) -> list[str]:
        """The methods except the real photographs."""
        return sorted(set(self.methods) - {TRUTH})


def find_pictures(folder: Path) -> Pictures:
    """The methods of `folder`, with the pictures that all of them have. Raises ValueError if there are none."""
    methods = {path.name: _files(path) for path in sorted(folder.iterdir()) if path.is_dir()}
    if not any(methods.values()):
        raise ValueError(f"{folder} has no folders of pictures. Put each method's results into a folder of its own.")
    common = set.intersection(*map(set, methods.values()))
    if not common:
        raise ValueError(f"No picture is in all of {', '.join(methods)}. Give a picture the same name in each folder.")
    return Pictures({method: {name: files[name] for name in common} for method, files in methods.items()})


def group_of(name: str) -> str:
    """The first folder of a picture's name, which answers are grouped by; empty for a picture without one."""
    folder, slash, _ = name.partition("/")
    return folder if slash else ""


def data_uris(files: Sequence[Path], longest: int) -> list[str]:
    """The pictures of one trial as JPEGs in data URIs, without metadata, all of the same size in pixels.

    Raises UnreadablePictureError if one cannot be read, and ValueError if their shapes differ: a judge would recognize
    a method by its crop.
    """
    pictures = [_upright(file) for file in files]
    aspects = [picture.width / picture.height for picture in pictures]
    if max(aspects) > min(aspects) * (1 + _ASPECT_TOLERANCE):
        sizes = ", ".join(
            f"{file} is {picture.width} x {picture.height}" for file, picture in zip(files, pictures, strict=True)
        )
        raise ValueError(f"The pictures to compare differ in shape: {sizes}. Crop or pad them alike.")
    width, height = min(picture.size for picture in pictures)
    scale = min(1, longest / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return [_data_uri(picture.resize(size, Image.Resampling.LANCZOS)) for picture in pictures]


def _files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in picture_files(folder)}


def _upright(file: Path) -> Image.Image:
    picture = upright_rgb(file.read_bytes())
    if isinstance(picture, str):
        raise UnreadablePictureError(f"{file} cannot be shown: {picture}.")
    return picture


def _data_uri(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
