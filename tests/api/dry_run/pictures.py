"""Pictures to measure."""

import io

from PIL import Image

from tests.zoo.pictures import picture

SMALL, LARGE = picture(size=(100, 100)), picture(size=(300, 100), file_format="PNG")


def tiff_with_its_directory_at_the_end() -> bytes:
    """As some scanners write it."""
    buffer = io.BytesIO()
    Image.new("L", (1000, 700), 7).save(buffer, "TIFF")
    content = buffer.getvalue()
    begin = int.from_bytes(content[4:8], "little")
    directory = content[begin : begin + 2 + 12 * int.from_bytes(content[begin : begin + 2], "little") + 4]
    return content[:4] + len(content).to_bytes(4, "little") + content[8:] + directory
