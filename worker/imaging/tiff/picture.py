"""A TIFF as a Pillow image: the header is read when it is opened, the pixels when they are needed."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.imaging.errors import PictureError
from worker.imaging.facts import Buffer
from worker.imaging.network_view import upright
from worker.imaging.tiff import tags, ycbcr
from worker.imaging.tiff.choosing import Choice
from worker.imaging.tiff.copies import is_copy
from worker.imaging.tiff.layout import EIGHT_BITS, Layout, layout_of
from worker.imaging.tiff.tags import Tag
from worker.imaging.tiff.tree import Block, Node, damaged
from worker.imaging.tone import luma_of

COMPRESSION_NAMES = {tags.UNCOMPRESSED: "raw", tags.PACKBITS: "packbits", tags.LZW: "tiff_lzw"}
"""The compressions that a result keeps, by Pillow's names."""

_PIXELS_AT_ONCE = 1 << 20
_MOST_COMPARED = 16
_CENTIMETER = 3
_INCH_IN_CENTIMETERS = 2.54
_NO_UNIT = 1


class TiffPicture(Image.Image):
    """The picture of a TIFF, upright. `directory_at` is the offset of its directory, `first_at` of the file's first."""

    format = "TIFF"

    def __init__(self, source: Buffer) -> None:
        super().__init__()
        self._choice = Choice(Block(source))
        node = self._choice.picture
        self.layout = layout_of(node)
        self.first_at, self.directory_at = self._choice.first.at, node.at
        self._orientation = self._choice.orientation
        self._mode = self.layout.mode
        size = (self.layout.width, self.layout.height)
        self._size = size[::-1] if self._orientation in (5, 6, 7, 8) else size
        self._is_loaded = False
        self.info = _described(node)
        self.info["compression"] = COMPRESSION_NAMES.get(self.layout.compression)

    @property
    def is_turned(self) -> bool:
        """Whether the stored rows and columns differ from those of the upright picture."""
        return self._orientation in range(2, 9)

    def load(self) -> Any:
        """Decode the pixels, once."""
        if not self._is_loaded:
            decoded = upright(_image_of(self._choice.picture, self.layout), self._orientation)
            self.im, self.palette = decoded.im, decoded.palette
            self._mode, self._size = decoded.mode, decoded.size
            self._is_loaded = True
        return super().load()

    def refuse_pages(self) -> None:
        """Raises PictureError if another directory may be a further page. Unflagged copies are compared by pixels."""
        others, picture = self._choice.others, self._choice.picture
        might_be_copies = len(others) <= _MOST_COMPARED and all(
            node.pixels < picture.pixels and self._choice.has_same_shape(node) for node in others
        )
        if not might_be_copies or not all(self._is_copy(node) for node in others):
            raise PictureError("multipage_image", "The TIFF has several pages: split it into one file per page.")

    def _is_copy(self, node: Node) -> bool:
        try:
            layout = layout_of(node)
        except PictureError:
            return False
        return layout.is_readable and is_copy(upright(_image_of(node, layout), node.number(Tag.ORIENTATION, 1)), self)


def _described(node: Node) -> dict[str | tuple[int, int], object]:
    """The `info` of a Pillow image: resolution in dots per inch, color profile."""
    described: dict[str | tuple[int, int], object] = {}
    x, y = ((node.reals(tag) or (1.0,))[0] for tag in (Tag.X_RESOLUTION, Tag.Y_RESOLUTION))
    unit = node.number(Tag.RESOLUTION_UNIT)
    if x and y and unit != _NO_UNIT:
        factor = _INCH_IN_CENTIMETERS if unit == _CENTIMETER else 1
        described["dpi"] = (x * factor, y * factor)
    if (profile := node.data(Tag.ICC_PROFILE)) is not None:
        described["icc_profile"] = profile
    return described


def _image_of(node: Node, layout: Layout) -> Image.Image:
    # Imported late: other formats do not need tifffile.
    from worker.imaging.tiff.segments import samples_of

    samples = samples_of(node, layout)
    size = (layout.width, layout.height)
    if (layout.mode, layout.samples, layout.bits) == ("RGBA", 4, EIGHT_BITS) and layout.photometric == tags.RGB:
        # Pillow takes a third of the time and needs no second copy.
        return Image.frombytes("RGBA", size, samples.data, "raw", "RGBa" if layout.is_premultiplied else "RGBA")
    alpha = None if layout.alpha is None else _scaled(samples[..., layout.alpha], layout.bits)
    color = _color(samples, node, layout)
    if alpha is not None and layout.is_premultiplied and layout.photometric != tags.PALETTE:
        color = _straight(color, alpha)
    if layout.photometric == tags.WHITE_IS_ZERO:
        color = 255 - color
    image = Image.frombytes(_plain_mode(layout), size, np.ascontiguousarray(color).data)
    if layout.photometric == tags.PALETTE:
        image.putpalette(_palette(node, layout.bits))
    if alpha is None:
        return image
    image = _with_room_for_alpha(image, node)
    image.putalpha(Image.fromarray(alpha))
    return image


def _with_room_for_alpha(image: Image.Image, node: Node) -> Image.Image:
    """In a mode that has a variant with alpha. CMYK has none, so its tone is converted here."""
    if image.mode != "CMYK":
        return image if image.mode == "L" else image.convert("RGB")
    image.info = _described(node)
    return Image.fromarray(luma_of(image))


def _color(samples: NDArray[np.uint8], node: Node, layout: Layout) -> NDArray[np.uint8]:
    """The color samples in 8 bits each, or the indices of a palette."""
    if layout.photometric == tags.PALETTE:
        return samples[..., :1]
    is_converted = layout.is_ycbcr or (layout.compression == tags.JPEG and not layout.is_planar)
    if layout.photometric == tags.YCBCR and not is_converted:
        blocks = samples if layout.subsampling != (1, 1) else samples[..., :3]
        return ycbcr.rgb_of(blocks, node, (layout.width, layout.height), layout.subsampling)
    return _scaled(samples[..., : layout.colors], layout.bits)


def _plain_mode(layout: Layout) -> str:
    """Pillow's mode without alpha."""
    if layout.is_ycbcr:
        return "YCbCr"
    if layout.photometric == tags.PALETTE:
        return "P"
    return {1: "L", 3: "RGB", 4: "CMYK"}[layout.colors]


def _palette(node: Node, bits: int) -> bytes:
    """R, G, B of each index. Some old programs wrote 8-bit instead of 16-bit numbers: then none exceeds 255."""
    entries = node.array(Tag.COLOR_MAP, 3 << bits)
    if entries is None or len(entries) < 3 << bits:
        raise damaged("Its color map is missing or too short.")
    is_short = int(entries.max()) <= 255
    return (entries.astype(np.uint16) >> (0 if is_short else 8)).astype(np.uint8).reshape(3, -1).T.tobytes()


def _scaled(samples: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Codes of fewer than 8 bits, scaled to 0..255."""
    if bits == EIGHT_BITS:
        return samples
    spread = np.rint(np.arange(1 << bits) * (255 / ((1 << bits) - 1))).astype(np.uint8)
    return _by_rows(lambda rows: spread[samples[rows]], samples.shape)


def _straight(color: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Premultiplied alpha undone as Pillow does it: clipped at 255, zero where alpha is zero."""

    def straight(rows: slice) -> NDArray[np.uint16]:
        divisor = alpha[rows, :, None].astype(np.uint16)
        quotient = np.minimum(color[rows].astype(np.uint16) * 255 // np.maximum(divisor, 1), 255)
        return np.where(divisor > 0, quotient, np.uint16(0))

    return _by_rows(straight, color.shape)


def _by_rows(convert: Callable[[slice], NDArray[np.generic]], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Converts some rows at a time, because numpy's intermediate arrays are several times as large as the result."""
    out = np.empty(shape, np.uint8)
    step = max(1, _PIXELS_AT_ONCE // shape[1])
    for top in range(0, shape[0], step):
        rows = slice(top, top + step)
        out[rows] = convert(rows)
    return out
