"""Where commands write, checked before the work starts rather than after it."""

import tempfile
from pathlib import Path

from PIL import Image


def ready_folder(path: Path) -> Path:
    """Create the folder if it does not exist. Raises OSError if it is not writable."""
    path.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path):
        return path


def ready_picture(path: Path) -> Path:
    """Create the picture's folder. Raises OSError if it is not writable, ValueError if the suffix is unknown."""
    Image.init()
    if Image.EXTENSION.get(path.suffix.lower()) not in Image.SAVE:
        raise ValueError(f"{path} has no suffix of a picture format. Name it for example {path.with_suffix('.jpg')}.")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder. Give the name of a picture to write.")
    ready_folder(path.parent)
    return path
