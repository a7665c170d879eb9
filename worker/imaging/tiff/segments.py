"""Strips and tiles: located within the file, decompressed, and assembled into one array of samples."""

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
"""Bytes or a memoryview. The type hints of imagecodecs exclude the latter."""

_START_OF_SCAN = b"\xff\xda"
_MOST_TILE_PIXELS, _MOST_PADDING = 1 << 24, 1 << 16
_MOST_MARGIN = 16
"""By how much a JPEG may exceed twice the size of its tile: encoders fill up the last blocks."""

_USUAL_SCANS, _MOST_SCANNED_PIXELS = 12, 4_000_000_000
"""Scans of a progressive JPEG, and pixels times scans beyond them. Even a scan of a few bytes visits every pixel."""

_MOST_PIXELS_PER_BYTE = 512
"""A JPEG has at least one bit for each block of 64 pixels. libjpeg fills up what is missing with gray."""

_PREDICTED = frozenset({tags.LZW, tags.DEFLATE, tags.PKZIP_DEFLATE, tags.LZMA, tags.ZSTD})
_PICTURES = frozenset({tags.JPEG, tags.JPEG_2000, tags.WEBP})
"""Compressions in which every segment is an image file of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The stored geometry. A strip counts as a tile of the picture's full width.

    With subsampled chroma, the unit is not the pixel but the block of pixels that shares chroma: its samples are those
    of luma, followed by two of chroma.
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
        """Tiles are stored whole. The last strip has only the rows that remain."""
        strip = index % math.ceil(self.height / self.tile_height)
        return self.tile_height if self.is_tiled else min(self.tile_height, self.height - strip * self.tile_height)


def grid_of(node: Node, layout: Layout) -> Grid:
    """Raises PictureError if the tile size is invalid."""
    is_tiled = Tag.TILE_OFFSETS in node
    width, height = layout.width, layout.height
    tile_width = node.number(Tag.TILE_WIDTH) if is_tiled else width
    tile_height = node.number(Tag.TILE_HEIGHT) if is_tiled else min(node.number(Tag.ROWS_PER_STRIP) or height, height)
    samples = 1 if layout.is_planar else layout.samples
    if tile_width * tile_height == 0 or (
        is_tiled and tile_width * tile_height > max(_MOST_TILE_PIXELS, 4 * width * height)
    ):
        raise damaged(f"A tile size of {tile_width} × {tile_height} is invalid.")
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
    """[height, width, samples] of the picture's grid, with codes of the stored bit depth.

    Raises PictureError if any pixel is missing.
    """
    grid = grid_of(node, layout)
    places = list(_places(node, layout, grid))
    if layout.compression == tags.UNCOMPRESSED and sum(size for _, size in places) > len(node.block.source):
        raise damaged("The file is smaller than its uncompressed pixels.")
    decode = _picture_decoder(node, layout, grid) if layout.compression in _PICTURES else _decoder(node, layout, grid)
    whole = np.empty((grid.height, grid.width, grid.samples * grid.planes), np.uint8)
    across = math.ceil(grid.width / grid.tile_width)
    per_plane = grid.count // grid.planes
    for index, (at, size) in enumerate(places):
        plane, position = divmod(index, per_plane)
        top, left = (position // across * grid.tile_height, position % across * grid.tile_width)
        target = whole[top : top + grid.tile_height, left : left + grid.tile_width]
        segment = decode(node.block.source[at : at + size], index)
        if segment.shape[0] < target.shape[0] or segment.shape[1] < target.shape[1]:
            raise damaged("Pixels are missing.")
        target[..., plane : plane + grid.samples] = segment[: target.shape[0], : target.shape[1]]
    return whole


def _places(node: Node, layout: Layout, grid: Grid) -> Iterator[tuple[int, int]]:
    """Offset and length of each segment. The length of uncompressed ones follows from the geometry."""
    names = (Tag.TILE_OFFSETS, Tag.TILE_BYTES) if grid.is_tiled else (Tag.STRIP_OFFSETS, Tag.STRIP_BYTES)
    offsets, lengths = (node.array(name, grid.count) for name in names)
    if offsets is None or len(offsets) < grid.count:
        raise damaged("The offsets of its pixels are missing.")
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
    """Decompresses, then has tifffile unpack bits and undo the predictor."""
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
    """tifffile's decoder for an uncompressed picture with that grid.

    tifffile gets a new directory with validated numbers instead of the file's own. That one could trigger its support
    for dozens of vendors' dialects, which reads values of any size and opens further files.
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
    """A function of the data and the most bytes to return."""
    if compression == tags.UNCOMPRESSED:
        return lambda data, _: data
    if compression in (tags.DEFLATE, tags.PKZIP_DEFLATE):
        return _inflated
    if compression == tags.PACKBITS:
        return _unpacked
    codec = {tags.LZW: imagecodecs.lzw_decode, tags.LZMA: imagecodecs.lzma_decode, tags.ZSTD: imagecodecs.zstd_decode}
    return lambda data, size: codec[compression](data, out=size)


def _inflated(data: Encoded, size: int) -> bytes:
    """The standard library takes over where the faster libdeflate fails: at surplus data or a missing checksum."""
    try:
        return bytes(imagecodecs.deflate_decode(data, out=size))
    except imagecodecs.DeflateError:
        return zlib.decompressobj().decompress(data, size)


def _unpacked(data: Encoded, size: int) -> bytes:
    """Some writers pad the data. The surplus is dropped."""
    try:
        return bytes(imagecodecs.packbits_decode(data, out=size))
    except imagecodecs.ImcdError:
        return bytes(imagecodecs.packbits_decode(data, out=2 * size + _MOST_PADDING))[:size]


def _picture_decoder(node: Node, layout: Layout, grid: Grid) -> Callable[[Encoded, int], Samples]:
    """For segments that are image files. Their size is checked before they are decoded."""
    tables = node.data(Tag.JPEG_TABLES)
    jpegs = _JpegCost()

    def decode(data: Encoded, _: int) -> Samples:
        width, height = _size_of(data, layout.compression)
        if width > 2 * grid.tile_width + _MOST_MARGIN or height > 2 * grid.tile_height + _MOST_MARGIN:
            raise damaged(f"A segment has {width} × {height} pixels instead of {grid.tile_width} × {grid.tile_height}.")
        if layout.compression == tags.JPEG:
            jpegs.check(data, width * height)
        decoded = _decoded(data, tables, layout)
        if decoded.dtype != np.uint8:
            raise damaged("A segment has more bits per sample than the TIFF claims.")
        segment: Samples = decoded.reshape(height, width, -1).view(np.uint8)
        if segment.shape[2] != grid.samples:
            raise damaged(f"A segment has {segment.shape[2]} samples per pixel instead of {grid.samples}.")
        return segment

    return decode


class _JpegCost:
    """What the JPEGs of one picture cost together."""

    def __init__(self) -> None:
        self._scanned = 0

    def check(self, data: Encoded, pixels: int) -> None:
        """Raises PictureError if they have endless scans, or if this one is too small for its pixels."""
        scans = bytes(data).count(_START_OF_SCAN)
        self._scanned += max(scans - _USUAL_SCANS, 0) * pixels
        if self._scanned > _MOST_SCANNED_PIXELS:
            raise damaged("Its JPEGs have far more scans than pictures need.")
        if pixels > len(data) * _MOST_PIXELS_PER_BYTE:
            raise damaged("A JPEG in it is too small to contain all of its pixels.")


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
