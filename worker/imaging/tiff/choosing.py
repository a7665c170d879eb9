"""Which directory holds the picture: decided by all of them together, since flags alone are often missing or wrong."""

from worker.imaging.errors import PictureError
from worker.imaging.raws import raw_refused
from worker.imaging.tiff import tags
from worker.imaging.tiff.tags import Tag
from worker.imaging.tiff.tree import Block, Node, damaged

_CR2_MARK = b"CR\2\0"
"""Behind the header of a Canon raw: the mark and the version."""

_TOLERANCE = 0.05


class Choice:
    """The picture's directory, the first one, and those that may be further pictures."""

    def __init__(self, block: Block) -> None:
        chain = block.chain()
        nodes = [node for each in chain for node in each.all()]
        _refuse_raw(block, nodes)
        images = [node for node in nodes if _is_image(node)]
        if not images:
            raise _without_image(nodes)
        self.first = chain[0]
        self.picture = max(images, key=lambda node: (node.pixels, not _is_reduced(node)))
        parents = {child.at: parent for parent in nodes for child in parent.children}
        self.others = [node for node in images if not self._is_explained(node, parents)]
        """Neither the picture nor marked as a copy of it."""

    def _is_explained(self, node: Node, parents: dict[int, Node]) -> bool:
        if node is self.picture or _first_pixels(node) == _first_pixels(self.picture):
            return True
        if _is_reduced(node):
            return node.pixels < self.picture.pixels or not _is_reduced(self.picture)
        parent = parents.get(node.at)
        if parent is not None and node.pixels < parent.pixels:
            return True
        return node.pixels < self.picture.pixels and self.picture in node.all() and self.has_same_shape(node)

    def has_same_shape(self, node: Node) -> bool:
        """Whether its aspect is about that of the picture: copies are rounded or cropped a little."""
        width, height = (self.picture.number(tag) / node.number(tag) for tag in (Tag.WIDTH, Tag.HEIGHT))
        return abs(width - height) <= _TOLERANCE * max(width, height)


def _is_image(node: Node) -> bool:
    """Whether it has pixels of its own that are no mask; the link to an EXIF thumbnail is none."""
    is_mask = node.number(Tag.SUBFILE_TYPE) & tags.MASK or node.number(Tag.PHOTOMETRIC) == tags.TRANSPARENCY_MASK
    has_pixels = Tag.STRIP_OFFSETS in node or Tag.TILE_OFFSETS in node
    return node.pixels > 0 and has_pixels and not is_mask


def _first_pixels(node: Node) -> int:
    """Where the pixels begin: directories that agree in it show the same picture."""
    return node.number(Tag.TILE_OFFSETS) or node.number(Tag.STRIP_OFFSETS)


def _is_reduced(node: Node) -> bool:
    return bool(node.number(Tag.SUBFILE_TYPE) & tags.REDUCED) or node.number(Tag.OLD_SUBFILE_TYPE) == tags.OLD_REDUCED


def _refuse_raw(block: Block, nodes: list[Node]) -> None:
    if bytes(block.source[8:12]) == _CR2_MARK or any(_is_raw(node) for node in nodes):
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
        return PictureError("bilevel_image", "The TIFF holds nothing but a mask: it has no tones to colorize.")
    return damaged("No directory of the TIFF has a picture.")


def compression_refused(compression: int) -> PictureError:
    name = tags.OTHER_COMPRESSIONS.get(compression, f"number {compression}")
    return PictureError(
        "unsupported_compression", f"The compression of the TIFF is not supported: {name}. Save it with LZW or Deflate."
    )
