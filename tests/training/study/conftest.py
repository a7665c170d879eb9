import numpy as np
import pytest
from PIL import Image


def save_picture(path, color, size=(40, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((size[1], size[0], 3), color, np.uint8)).save(path)


@pytest.fixture
def results(tmp_path):
    """Twelve photographs, real and by two methods with different suffixes; half of them show people."""
    folder = tmp_path / "results"
    for number in range(12):
        name = f"{'people' if number % 2 else 'places'}/{number:02d}"
        save_picture(folder / "truth" / f"{name}.png", (10 * number, 0, 0))
        save_picture(folder / "old" / f"{name}.png", (10 * number, 100, 0))
        save_picture(folder / "new" / f"{name}.jpg", (10 * number, 200, 0))
    return folder
