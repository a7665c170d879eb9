"""How a directory stores its samples, and what they mean: the facts, before anything is decoded."""

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
_ALPHA_MODES = {"L": "LA"}
_READABLE = frozenset({*_MODES.values(), "YCbCr", "LA", "RGBA"})
DEEP_MODE, BILEVEL_MODE = "I", "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`mode` is Pillow's for the picture, upright; a color space that cannot be read is named instead.

    `colors` of the `samples` per pixel are color; `alpha` is the index of the one that is alpha.
    """

    width: int
    height: int
    bits: int
    samples: int
    colors: int
    alpha: int | None
    is_premultiplied: bool
    photometric: int
    compression: int
    is_planar: bool
    subsampling: tuple[int, int]
    mode: str

    @property
    def is_readable(self) -> bool:
        """Whether its pixels can be had, and have tones."""
        return self.mode in _READABLE


def layout_of(node: Node) -> Layout:
    """Raises PictureError for a directory that makes no sense, and for a compression that is not supported."""
    samples = node.number(Tag.SAMPLES, 1)
    if not 0 < samples <= _MOST_SAMPLES:
        raise damaged(f"The TIFF claims {samples} samples per pixel.")
    compression = node.number(Tag.COMPRESSION, tags.UNCOMPRESSED)
    photometric = _photometric(node, samples, compression)
    bits = _bits(node, samples)
    colors = _COLORS.get(photometric, samples)
    extra = node.numbers(Tag.EXTRA_SAMPLES)[: max(samples - colors, 0)]
    alpha = _alpha(samples - colors, extra)
    subsampling = (node.numbers(Tag.YCBCR_SUBSAMPLING) or (2, 2))[:2] if photometric == tags.YCBCR else (1, 1)
    mode = _mode(node, samples, bits, photometric, extra, alpha)
    if photometric == tags.YCBCR and mode == "RGB" and _is_plain(node, compression, subsampling):
        mode = "YCbCr"
    if mode not in (DEEP_MODE, BILEVEL_MODE) and compression not in tags.COMPRESSIONS:
        raise compression_refused(compression)
    return Layout(
        width=node.number(Tag.WIDTH),
        height=node.number(Tag.HEIGHT),
        bits=bits,
        samples=samples,
        colors=colors,
        alpha=None if alpha is None else colors + alpha,
        is_premultiplied=alpha is not None and extra[alpha : alpha + 1] == (_ASSOCIATED,),
        photometric=photometric,
        compression=compression,
        is_planar=node.number(Tag.PLANAR, 1) == 2 and samples > 1,
        subsampling=(subsampling[0], subsampling[-1]),
        mode=mode,
    )


def _photometric(node: Node, samples: int, compression: int) -> int:
    """Where the tag is missing, what libtiff takes it for: fax is white-is-zero, one sample is gray, three are RGB."""
    if Tag.PHOTOMETRIC in node:
        return node.number(Tag.PHOTOMETRIC)
    colors = samples - len(node.numbers(Tag.EXTRA_SAMPLES))
    if colors not in (1, 3):
        raise PictureError(
            "unsupported_color_space", f"The TIFF does not say what its {samples} samples per pixel are."
        )
    if compression in (tags.RUN_LENGTH, tags.FAX_3, tags.FAX_4):
        return tags.WHITE_IS_ZERO
    return tags.BLACK_IS_ZERO if colors == 1 else tags.RGB


def _bits(node: Node, samples: int) -> int:
    depths = set(node.numbers(Tag.BITS)[:samples] or (1,))
    if len(depths) > 1 and max(depths) <= EIGHT_BITS:
        raise PictureError("unsupported_bit_depth", "The samples of the TIFF differ in their number of bits.")
    return max(depths)


def _alpha(extra_samples: int, kinds: tuple[int, ...]) -> int | None:
    """The first that is declared as alpha, and the only one that is declared as nothing."""
    if extra_samples == 1 and not kinds:
        return 0
    return next((index for index, kind in enumerate(kinds) if kind in _ALPHA), None)


def _is_plain(node: Node, compression: int, subsampling: tuple[int, ...]) -> bool:
    """Whether Pillow's YCbCr is what is stored: full size, full range."""
    is_full_range = reference_of(node) == FULL_RANGE
    return compression == tags.UNCOMPRESSED and tuple(subsampling) == (1, 1) and is_full_range


def _mode(node: Node, samples: int, bits: int, photometric: int, extra: tuple[int, ...], alpha: int | None) -> str:
    if bits > EIGHT_BITS or any(each in _FLOAT_FORMATS for each in node.numbers(Tag.SAMPLE_FORMAT)):
        return DEEP_MODE
    colors = _COLORS.get(photometric)
    if colors is None:
        return tags.COLOR_SPACES.get(photometric, f"number {photometric}")
    if bits == 1 and photometric != tags.PALETTE:
        return BILEVEL_MODE
    surplus = samples - colors
    if surplus < 0 or (alpha is None and surplus > (1 if colors == 1 else len(extra))):
        return f"number {photometric} with {samples} samples"
    mode = _MODES[photometric]
    return mode if alpha is None else _ALPHA_MODES.get(mode, "RGBA")
