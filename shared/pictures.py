"""The picture formats of sources and results, by media type. `worker.imaging` reads and writes these."""

from typing import NamedTuple


class PictureFormat(NamedTuple):
    """`extensions` in lower case, the usual one first."""

    title: str
    extensions: tuple[str, ...]


FORMATS = {
    "image/jpeg": PictureFormat("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif")),
    "image/png": PictureFormat("PNG", (".png",)),
    "image/tiff": PictureFormat("TIFF", (".tif", ".tiff")),
    "image/webp": PictureFormat("WebP", (".webp",)),
    "image/avif": PictureFormat("AVIF", (".avif",)),
    "image/bmp": PictureFormat("BMP", (".bmp", ".dib")),
}
