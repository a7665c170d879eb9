"""Where commands write: found out before the work, not after it."""

import tempfile
from pathlib import Path

from PIL import Image


def ready_folder(path: Path) -> Path:
    """Make it if need be. Raises OSError if nothing can be written there."""
    path.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path):
        return path


def ready_picture(path: Path) -> Path:
    """Make its folder. Raises OSError if nothing can be written there, ValueError if its suffix is no picture's."""
    Image.init()
    if Image.EXTENSION.get(path.suffix.lower()) not in Image.SAVE:
        raise ValueError(f"{path} is no name of a picture that can be written, as {path.with_suffix('.jpg')} is")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder")
    ready_folder(path.parent)
    return path
