"""Strips and tiles: found in the file within bounds, decompressed, and put together into one array of samples."""

import io
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from worker.imaging import tiff_tags
from worker.imaging.tiff import tags
from worker.imaging.tiff.layout import EIGHT_BITS, Layout
from worker.imaging.tiff.tags import Tag
from worker.imaging.tiff.tree import Node, damaged

tifffile.logger().disabled = True

Samples: TypeAlias = NDArray[np.uint8]
Encoded: TypeAlias = Any
"""Bytes, or a view of some, which the types of imagecodecs do not know."""

_MOST_TILE_PIXELS = 1 << 24
_PREDICTED = frozenset({tags.LZW, tags.DEFLATE, tags.PKZIP_DEFLATE, tags.LZMA, tags.ZSTD})
_PICTURES = frozenset({tags.JPEG, tags.JPEG_2000, tags.WEBP})
"""Compressions whose segments are pictures of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Of a picture as it is stored: a strip is a tile as wide as the picture.

    With subsampled chroma a pixel is a block of pixels, whose samples are those of luma, then two of chroma.
    """

    width: int
    height: int
    samples: int
    tile_width: int
    tile_height: int
    is_tiled: bool
    planes: int

    @property
    def count(self) -> int:
        return math.ceil(self.width / self.tile_width) * math.ceil(self.height / self.tile_height) * self.planes

    def rows_of(self, index: int) -> int:
        """A tile is always whole, the last strip is not."""
        strip = index % math.ceil(self.height / self.tile_height)
        return self.tile_height if self.is_tiled else min(self.tile_height, self.height - strip * self.tile_height)


def grid_of(node: Node, layout: Layout) -> Grid:
    """Raises PictureError for tiles that make no sense."""
    is_tiled = Tag.TILE_OFFSETS in node
    width, height = layout.width, layout.height
    tile_width = node.number(Tag.TILE_WIDTH) if is_tiled else width
    tile_height = node.number(Tag.TILE_HEIGHT) if is_tiled else min(node.number(Tag.ROWS_PER_STRIP) or height, height)
    samples = 1 if layout.is_planar else layout.samples
    if tile_width * tile_height == 0 or (
        is_tiled and tile_width * tile_height > max(_MOST_TILE_PIXELS, 4 * width * height)
    ):
        raise damaged(f"Tiles of {tile_width} × {tile_height} pixels make no sense.")
    if layout.compression != tags.JPEG and layout.subsampling != (1, 1):
        across, down = layout.subsampling
        width, height = math.ceil(width / across), math.ceil(height / down)
        tile_width, tile_height = math.ceil(tile_width / across), math.ceil(tile_height / down)
        samples = across * down + 2
    return Grid(
        width=width,
        height=height,
        samples=samples,
        tile_width=tile_width,
        tile_height=tile_height,
        is_tiled=is_tiled,
        planes=layout.samples if layout.is_planar else 1,
    )


def samples_of(node: Node, layout: Layout) -> Samples:
    """[height, width, samples] of the picture's grid, as codes of its bit depth.

    Raises PictureError where the file has not all of the picture.
    """
    grid = grid_of(node, layout)
    places = list(_places(node, layout, grid))
    if layout.compression == tags.UNCOMPRESSED and sum(size for _, size in places) > len(node.block.source):
        raise damaged("Its strips share bytes: the file is smaller than the pixels that it claims.")
    decode = _picture_decoder(node, layout, grid) if layout.compression in _PICTURES else _decoder(node, layout, grid)
    whole = np.empty((grid.height, grid.width, grid.samples * grid.planes), np.uint8)
    across = math.ceil(grid.width / grid.tile_width)
    per_plane = grid.count // grid.planes
    for index, (at, size) in enumerate(places):
        plane, position = divmod(index, per_plane)
        top, left = (position // across * grid.tile_height, position % across * grid.tile_width)
        target = whole[top : top + grid.tile_height, left : left + grid.tile_width]
        segment = decode(node.block.source[at : at + size], index)
        target[..., plane : plane + grid.samples] = segment[: target.shape[0], : target.shape[1]]
    return whole


def _places(node: Node, layout: Layout, grid: Grid) -> Iterator[tuple[int, int]]:
    """Where each segment is and how long. Those of no compression have the length that they must have."""
    names = (Tag.TILE_OFFSETS, Tag.TILE_BYTES) if grid.is_tiled else (Tag.STRIP_OFFSETS, Tag.STRIP_BYTES)
    offsets, lengths = (node.array(name, grid.count) for name in names)
    if offsets is None or len(offsets) < grid.count:
        raise damaged("The TIFF does not say where its pixels are.")
    starts = offsets.tolist()
    sizes = lengths.tolist() if lengths is not None else []
    end = len(node.block.source)
    for index, at in enumerate(starts):
        if layout.compression == tags.UNCOMPRESSED:
            size = grid.rows_of(index) * _row_bytes(layout, grid)
        else:
            size = sizes[index] if index < len(sizes) else 0
            size = size or min((start for start in (*starts[index + 1 : index + 2], end) if start > at), default=0) - at
        if at == 0 or size <= 0 or at + size > end:
            raise damaged("Pixels are missing.")
        yield at, size


def _row_bytes(layout: Layout, grid: Grid) -> int:
    return math.ceil(grid.tile_width * grid.samples * layout.bits / EIGHT_BITS)


def _decoder(node: Node, layout: Layout, grid: Grid) -> Callable[[Encoded, int], Samples]:
    """Decompress, then let tifffile unpack bits and undo the predictor."""
    unpack = _page_decoder(node, layout, grid)
    decompress = _decompressor(layout.compression)
    is_reversed = node.number(Tag.FILL_ORDER) == 2

    def decode(data: Encoded, index: int) -> Samples:
        encoded = imagecodecs.bitorder_decode(bytes(data)) if is_reversed else data
        size = grid.rows_of(index) * _row_bytes(layout, grid)
        plain = decompress(encoded, size)
        if len(plain) < size:
            raise damaged("Pixels are missing.")
        segment: Samples = unpack(plain, index)[0][0].view(np.uint8)
        return segment

    return decode


def _page_decoder(node: Node, layout: Layout, grid: Grid) -> Callable[..., Any]:
    """tifffile's idea of an uncompressed picture of that grid.

    It is given a directory of its own, made of checked numbers: that of the file could have it follow the habits of
    dozens of programs, read values of any size, or open other files.
    """
    predictor = node.number(Tag.PREDICTOR, 1) if layout.compression in _PREDICTED else 1
    samples = grid.samples * grid.planes
    numbers = {
        Tag.WIDTH: grid.width,
        Tag.HEIGHT: grid.height,
        Tag.COMPRESSION: tags.UNCOMPRESSED,
        Tag.PHOTOMETRIC: tags.BLACK_IS_ZERO,
        Tag.SAMPLES: samples,
        Tag.PLANAR: 2 if grid.planes > 1 else 1,
        Tag.PREDICTOR: predictor,
    }
    if grid.is_tiled:
        numbers |= {Tag.TILE_WIDTH: grid.tile_width, Tag.TILE_HEIGHT: grid.tile_height}
    else:
        numbers |= {Tag.ROWS_PER_STRIP: grid.tile_height}
    entries = {
        int(tag): tiff_tags.Entry(tiff_tags.LONG, number.to_bytes(4, "little")) for tag, number in numbers.items()
    }
    entries[Tag.BITS] = tiff_tags.Entry(tiff_tags.SHORT, layout.bits.to_bytes(2, "little") * samples)
    with tifffile.TiffFile(io.BytesIO(tiff_tags.block_of(tiff_tags.Directory(entries)))) as file:
        return file.pages[0].decode


def _decompressor(compression: int) -> Callable[[Encoded, int], Encoded]:
    """What undoes a compression, into at most so many bytes."""
    if compression == tags.UNCOMPRESSED:
        return lambda data, _: data
    if compression in (tags.DEFLATE, tags.PKZIP_DEFLATE):
        return _inflated
    if compression == tags.PACKBITS:
        return _unpacked
    codec = {tags.LZW: imagecodecs.lzw_decode, tags.LZMA: imagecodecs.lzma_decode, tags.ZSTD: imagecodecs.zstd_decode}
    return lambda data, size: codec[compression](data, out=size)


def _inflated(data: Encoded, size: int) -> bytes:
    """By the standard library where the fast way gives up: at more bytes than are due, or a missing checksum."""
    try:
        return bytes(imagecodecs.deflate_decode(data, out=size))
    except imagecodecs.DeflateError:
        return zlib.decompressobj().decompress(data, size)


def _unpacked(data: Encoded, size: int) -> bytes:
    """Some writers pad: then all of it is unpacked, at most 128 times what is packed, and the rest dropped."""
    try:
        return bytes(imagecodecs.packbits_decode(data, out=size))
    except imagecodecs.ImcdError:
        return bytes(imagecodecs.packbits_decode(data))[:size]


def _picture_decoder(node: Node, layout: Layout, grid: Grid) -> Callable[[Encoded, int], Samples]:
    """For segments that are pictures. Their size is looked at before they are decoded."""
    tables = node.data(Tag.JPEG_TABLES)

    def decode(data: Encoded, index: int) -> Samples:
        width, height = _size_of(data, layout.compression)
        if not grid.tile_width <= width <= 2 * grid.tile_width + 16 or height > 2 * grid.tile_height + 16:
            raise damaged(f"A part of {width} × {height} pixels lies where {grid.tile_width} × {grid.tile_height} do.")
        decoded = _decoded(data, tables, layout)
        if decoded.dtype != np.uint8:
            raise damaged("The parts of the TIFF have more bits than it claims.")
        segment: Samples = decoded.reshape(height, width, -1).view(np.uint8)
        if segment.shape[2] != grid.samples or height < min(grid.rows_of(index), grid.height):
            raise damaged("Pixels are missing.")
        return segment

    return decode


def _size_of(data: Encoded, compression: int) -> tuple[int, int]:
    if compression == tags.JPEG:
        _, height, width, _ = tifffile.tifffile.jpeg_shape(bytes(data))
        return width, height
    with Image.open(io.BytesIO(data), formats=["JPEG2000", "WEBP"]) as header:
        return header.size


def _decoded(data: Encoded, tables: bytes | None, layout: Layout) -> NDArray[np.generic]:
    if layout.compression == tags.JPEG_2000:
        return imagecodecs.jpeg2k_decode(data, numthreads=1)
    if layout.compression == tags.WEBP:
        return imagecodecs.webp_decode(data, hasalpha=layout.samples == 4)
    spaces = imagecodecs.JPEG8.CS
    stored, decoded = spaces.UNKNOWN, spaces.UNKNOWN
    if layout.photometric == tags.YCBCR and not layout.is_planar:
        stored, decoded = spaces.YCbCr, spaces.RGB
    return imagecodecs.jpeg8_decode(data, tables=tables, colorspace=stored, outcolorspace=decoded)
