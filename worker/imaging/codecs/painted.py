"""What a writer gets: the colorized picture, and the source whose metadata and encoding it takes over."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.imaging.facts import Buffer, Provenance
from worker.imaging.metadata import KeptMetadata
from worker.imaging.xmp import with_provenance
from worker.imaging.xmp_extension import merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted:
    """`image` is RGB or RGBA, and RGBX for a format with one color per block of pixels; `luma` is its luma."""

    image: Image.Image
    luma: NDArray[np.uint8]
    source: Image.Image
    source_bytes: Buffer
    kept: KeptMetadata
    provenance: Provenance
    quality: int | None

    @property
    def xmp(self) -> bytes:
        """The source's packet, with its extension merged into it, and with the statement that an AI colorized it."""
        packet = merged(self.kept.xmp, self.kept.extended_xmp)
        return with_provenance(packet, self.provenance, is_described=self.kept.is_described)

    @property
    def metadata(self) -> dict[str, Any]:
        """EXIF, ICC profile and resolution as Pillow's writers take them."""
        fields = {"exif": self.kept.exif, "icc_profile": self.kept.icc_profile, "dpi": self.kept.dpi}
        return {name: value for name, value in fields.items() if value is not None}
