"""Chooses the directory that holds the picture, by all directories: flags alone are often missing or wrong."""

import re

from worker.imaging.errors import PictureError
from worker.imaging.raws import raw_refused
from worker.imaging.tiff import tags
from worker.imaging.tiff.tags import Tag
from worker.imaging.tiff.tree import Block, Node, damaged

_RAW_MARK = re.compile(rb"CR\x02\0|IIII.waR|MMMMRaw", re.DOTALL)
"""What follows the header of raws by Canon (CR2) and Phase One (IIQ)."""

_EXIF_THUMBNAIL, _MUCH_LARGER = (160, 120), 16
"""The size that DCF prescribes, and how many times as many pixels the picture has at least."""

_TOLERANCE = 0.05


class Choice:
    """`picture` is the chosen directory, `first` the first of the file. `others` may be further pages."""

    def __init__(self, block: Block) -> None:
        chain = block.chain()
        nodes = [node for each in chain for node in each.all()]
        _refuse_raw(block, nodes)
        stored = [node for node in nodes if _has_pixels(node)]
        # A flag that would leave no picture at all is wrong.
        images = [node for node in stored if not node.number(Tag.SUBFILE_TYPE) & tags.MASK] or stored
        if not images:
            raise _without_image(nodes)
        self.first = chain[0]
        self.picture = max(images, key=lambda node: (node.pixels, not _is_reduced(node)))
        parents = {child.at: parent for parent in nodes for child in parent.children}
        self.others = [node for node in images if not self._is_explained(node, parents)]

    def _is_explained(self, node: Node, parents: dict[int, Node]) -> bool:
        """Whether it is the picture, a copy, or a preview to which the picture belongs."""
        if node is self.picture or _first_pixels(node) == _first_pixels(self.picture):
            return True
        if _is_reduced(node):
            return node.pixels < self.picture.pixels or not _is_reduced(self.picture)
        if _is_exif_thumbnail(node) and node.pixels * _MUCH_LARGER <= self.picture.pixels:
            return True
        parent = parents.get(node.at)
        if parent is not None and node.pixels < parent.pixels:
            return True
        return node.pixels < self.picture.pixels and self.picture in node.all() and self.has_same_shape(node)

    @property
    def orientation(self) -> int:
        """That of the picture's directory. A SubIFD without one takes it from the first directory, as in DNG."""
        inherited = self.first.number(Tag.ORIENTATION, 1) if self.picture in self.first.all() else 1
        return self.picture.number(Tag.ORIENTATION, inherited)

    def has_same_shape(self, node: Node) -> bool:
        """Whether it has about the aspect of the picture. Copies are rounded, and often cropped a little."""
        width, height = (self.picture.number(tag) / node.number(tag) for tag in (Tag.WIDTH, Tag.HEIGHT))
        return abs(width - height) <= _TOLERANCE * max(width, height)


def _has_pixels(node: Node) -> bool:
    """Whether it stores pixels other than a mask. An EXIF thumbnail is only a link to a JPEG."""
    is_mask = node.number(Tag.PHOTOMETRIC) == tags.TRANSPARENCY_MASK
    return node.pixels > 0 and (Tag.STRIP_OFFSETS in node or Tag.TILE_OFFSETS in node) and not is_mask


def _is_exif_thumbnail(node: Node) -> bool:
    """Whether it has the size of one. If uncompressed, nothing else distinguishes it from a page."""
    return (node.number(Tag.WIDTH), node.number(Tag.HEIGHT)) == _EXIF_THUMBNAIL


def _first_pixels(node: Node) -> int:
    """The offset of the first strip or tile. Directories with the same one show the same picture."""
    return node.number(Tag.TILE_OFFSETS) or node.number(Tag.STRIP_OFFSETS)


def _is_reduced(node: Node) -> bool:
    return bool(node.number(Tag.SUBFILE_TYPE) & tags.REDUCED) or node.number(Tag.OLD_SUBFILE_TYPE) == tags.OLD_REDUCED


def _refuse_raw(block: Block, nodes: list[Node]) -> None:
    if _RAW_MARK.match(block.source[8:16]) or any(_is_raw(node) for node in nodes):
        raise raw_refused()


def _is_raw(node: Node) -> bool:
    return (
        Tag.DNG_VERSION in node
        or Tag.CR2_SLICES in node
        or node.number(Tag.PHOTOMETRIC) in (tags.COLOR_FILTER_ARRAY, tags.LINEAR_RAW)
        or node.number(Tag.COMPRESSION) in tags.RAW_COMPRESSIONS
    )


def _without_image(nodes: list[Node]) -> PictureError:
    if any(Tag.JPEG_LINK in node for node in nodes):
        return compression_refused(tags.OLD_JPEG)
    if any(node.number(Tag.PHOTOMETRIC) == tags.TRANSPARENCY_MASK for node in nodes):
        return PictureError("bilevel_image", "The TIFF contains only a mask, which has no tones to colorize.")
    return damaged("None of its directories contains a picture.")


def compression_refused(compression: int) -> PictureError:
    name = tags.OTHER_COMPRESSIONS.get(compression, f"number {compression}")
    return PictureError(
        "unsupported_compression", f"TIFF compression {name} is not supported. Save the picture with LZW or Deflate."
    )
