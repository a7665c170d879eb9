"""How a directory stores its samples and what they mean, known before anything is decoded."""

from dataclasses import dataclass

from worker.imaging.errors import PictureError
from worker.imaging.tiff import tags
from worker.imaging.tiff.choosing import compression_refused
from worker.imaging.tiff.tags import Tag
from worker.imaging.tiff.tree import Node, damaged
from worker.imaging.tiff.ycbcr import FULL_RANGE, reference_of

EIGHT_BITS = 8
_FLOAT_FORMATS = (3, 5, 6)
_MOST_SAMPLES = 64
_UNSUBSAMPLED = (1, 1)

_ASSOCIATED, _UNASSOCIATED, _COREL_DRAW = 1, 2, 999
_ALPHA = (_ASSOCIATED, _UNASSOCIATED, _COREL_DRAW)

_COLORS = {tags.WHITE_IS_ZERO: 1, tags.BLACK_IS_ZERO: 1, tags.PALETTE: 1, tags.RGB: 3, tags.YCBCR: 3, tags.CMYK: 4}
_MODES = {
    tags.WHITE_IS_ZERO: "L",
    tags.BLACK_IS_ZERO: "L",
    tags.PALETTE: "P",
    tags.RGB: "RGB",
    tags.YCBCR: "RGB",
    tags.CMYK: "CMYK",
}
_READABLE = frozenset({*_MODES.values(), "YCbCr", "LA", "RGBA"})
_DEEP, _BILEVEL = "I", "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`extra` holds the declared kinds of the samples that follow those of color."""

    width: int
    height: int
    bits: int
    is_float: bool
    samples: int
    extra: tuple[int, ...]
    photometric: int
    compression: int
    is_planar: bool
    subsampling: tuple[int, int]
    is_full_range: bool

    @property
    def colors(self) -> int:
        """The number of color samples per pixel. They come first."""
        return _COLORS.get(self.photometric, self.samples)

    @property
    def alpha(self) -> int | None:
        """The index of alpha: the first sample declared as such, or a single extra sample that is not declared."""
        if self.samples == self.colors + 1 and not self.extra:
            return self.colors
        return next((self.colors + index for index, kind in enumerate(self.extra) if kind in _ALPHA), None)

    @property
    def is_premultiplied(self) -> bool:
        return self.alpha is not None and self.extra[self.alpha - self.colors :][:1] == (_ASSOCIATED,)

    @property
    def is_ycbcr(self) -> bool:
        """Whether the samples are what Pillow calls YCbCr: full-size chroma, full range."""
        is_plain = self.subsampling == _UNSUBSAMPLED and self.compression == tags.UNCOMPRESSED
        return self.photometric == tags.YCBCR and is_plain and self.is_full_range and self.alpha is None

    @property
    def _has_planes_of_different_sizes(self) -> bool:
        return self.is_planar and self.subsampling != _UNSUBSAMPLED

    @property
    def mode(self) -> str:
        """Pillow's mode for the decoded picture, or the name of a color space that is not supported."""
        if self.bits > EIGHT_BITS or self.is_float:
            return _DEEP
        if self.photometric not in _COLORS:
            return tags.COLOR_SPACES.get(self.photometric, f"number {self.photometric}")
        if self.bits == 1 and self.photometric != tags.PALETTE:
            return _BILEVEL
        if self.photometric == tags.YCBCR and (self.bits < EIGHT_BITS or self._has_planes_of_different_sizes):
            return f"YCbCr of {self.bits} bits in planes" if self.is_planar else f"YCbCr of {self.bits} bits"
        surplus = self.samples - self.colors
        if surplus < 0 or (self.alpha is None and surplus > (1 if self.colors == 1 else len(self.extra))):
            return f"number {self.photometric} with {self.samples} samples"
        if self.is_ycbcr:
            return "YCbCr"
        mode = _MODES[self.photometric]
        return mode if self.alpha is None else "LA" if mode == "L" else "RGBA"

    @property
    def is_readable(self) -> bool:
        """Whether the pixels can be decoded and have tones."""
        return self.mode in _READABLE


def layout_of(node: Node) -> Layout:
    """Raises PictureError if the directory is invalid or its compression is not supported."""
    samples = node.number(Tag.SAMPLES, 1)
    if not 0 < samples <= _MOST_SAMPLES:
        raise damaged(f"It claims {samples} samples per pixel.")
    photometric = _photometric(node, samples)
    compression = node.number(Tag.COMPRESSION, tags.UNCOMPRESSED)
    is_subsampled = photometric == tags.YCBCR and compression not in (tags.JPEG_2000, tags.WEBP)
    across, down, *_ = (*node.numbers(Tag.YCBCR_SUBSAMPLING), 2, 2) if is_subsampled else _UNSUBSAMPLED
    layout = Layout(
        width=node.number(Tag.WIDTH),
        height=node.number(Tag.HEIGHT),
        bits=_bits(node, samples),
        is_float=any(each in _FLOAT_FORMATS for each in node.numbers(Tag.SAMPLE_FORMAT)),
        samples=samples,
        extra=node.numbers(Tag.EXTRA_SAMPLES)[: max(samples - _COLORS.get(photometric, samples), 0)],
        photometric=photometric,
        compression=compression,
        is_planar=node.number(Tag.PLANAR, 1) == 2 and samples > 1,
        subsampling=(across, down),
        is_full_range=reference_of(node) == FULL_RANGE,
    )
    has_tones = layout.mode not in (_DEEP, _BILEVEL) or compression == tags.OLD_JPEG
    if has_tones and compression not in tags.COMPRESSIONS:
        raise compression_refused(compression)
    if not {across, down} <= {1, 2, 4}:
        raise damaged(f"A chroma subsampling of {across} × {down} is invalid.")
    return layout


def _photometric(node: Node, samples: int) -> int:
    """If the tag is missing, libtiff's default: fax is white-is-zero, one sample is gray, three are RGB."""
    if Tag.PHOTOMETRIC in node:
        is_luma = node.number(Tag.PHOTOMETRIC) == tags.YCBCR and samples == 1
        return tags.BLACK_IS_ZERO if is_luma else node.number(Tag.PHOTOMETRIC)
    colors = samples - len(node.numbers(Tag.EXTRA_SAMPLES))
    if colors not in (1, 3):
        raise PictureError(
            "unsupported_color_space", f"The TIFF does not declare the meaning of its {samples} samples per pixel."
        )
    if node.number(Tag.COMPRESSION) in (tags.RUN_LENGTH, tags.FAX_3, tags.FAX_4):
        return tags.WHITE_IS_ZERO
    return tags.BLACK_IS_ZERO if colors == 1 else tags.RGB


def _bits(node: Node, samples: int) -> int:
    depths = set(node.numbers(Tag.BITS)[:samples] or (1,))
    if len(depths) > 1 and max(depths) <= EIGHT_BITS:
        raise PictureError("unsupported_bit_depth", "The samples of the TIFF have different bit depths.")
    return max(depths)
