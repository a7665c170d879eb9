"""WebP: what its encoder cannot hold is a lack of memory, not an error of ours."""

import subprocess
import sys

SCRIPT = """
import io, resource
from types import SimpleNamespace
from PIL import Image
from worker.imaging.codecs import webp

image, source = Image.new("RGB", (4000, 4000)), SimpleNamespace(format="PNG")
painted = SimpleNamespace(image=image, source=source, source_bytes=b"", quality=None, metadata={}, xmp=b"")
resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
try:
    webp.write(painted, io.BytesIO())
except MemoryError:
    print("MemoryError")
"""


def test_a_lack_of_memory_while_encoding_is_a_memory_error() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)

    assert ran.stdout.strip() == "MemoryError", ran.stderr
