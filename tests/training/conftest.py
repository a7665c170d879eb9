"""Generated photographs: each scene has its own color, so that there is something to learn."""

import io
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from tests.training.runs import SMOKE, tiny_recipe
from tests.training.tiny_encoder import TinyEncoder
from training.data.photographs import Photograph, planes_of
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.encoders import ENCODERS
from worker.colorizer.network import Generator, GeneratorConfig


def _picture(seed):
    random = np.random.default_rng(seed)
    down, across = np.mgrid[0:96, 0:128] / 128
    tone = 0.5 + 0.4 * np.sin(8 * (down * random.uniform(0.3, 1) + across * random.uniform(0.3, 1)))
    tint = random.uniform(0.3, 1.0, 3)
    return Image.fromarray((255 * tone[..., None] * tint).astype(np.uint8))


def _encoded(picture, kind="PNG"):
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture(scope="session", autouse=True)
def tiny_encoder():
    """The encoder "tiny" of configurations and recipes."""
    ENCODERS["tiny"] = TinyEncoder
    yield
    del ENCODERS["tiny"]


@pytest.fixture(scope="session")
def photographs():
    return [Photograph(f"{seed:02d}.png", planes_of(_encoded(_picture(seed)))) for seed in range(12)]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Twelve photographs, one in a subfolder, a gray one, a broken one, and a text."""
    path = tmp_path_factory.mktemp("photographs")
    (path / "more").mkdir()
    for seed in range(11):
        (path / f"{seed:02d}.png").write_bytes(_encoded(_picture(seed)))
    (path / "more" / "11.jpg").write_bytes(_encoded(_picture(11), "JPEG"))
    (path / "gray.png").write_bytes(_encoded(_picture(3).convert("L")))
    (path / "broken.png").write_bytes(_encoded(_picture(4))[:200])
    (path / "notes.txt").write_text("not a picture")
    return path


@pytest.fixture(scope="session")
def shards(folder, tmp_path_factory):
    """The same files in two tar shards."""
    path = tmp_path_factory.mktemp("shards")
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    for number, part in enumerate((files[:7], files[7:])):
        with tarfile.open(path / f"part-{number}.tar", "w") as archive:
            for file in part:
                archive.add(file, file.name)
    return path


@pytest.fixture
def held_out(tmp_path):
    path = tmp_path / "held-out.txt"
    path.write_text("00.png\n01.png\n")
    return path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """The file of an untrained checkpoint, small enough for a test."""
    torch.manual_seed(0)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16), encoder="tiny")
    return save_checkpoint(
        tmp_path_factory.mktemp("tiny"), CheckpointInfo("tiny", config, input_size=64), Generator(config)
    )


@pytest.fixture(scope="session")
def untrained(tmp_path_factory):
    """The file of an untrained checkpoint of the tiny recipe's network."""
    torch.manual_seed(0)
    config = tiny_recipe().generator
    return save_checkpoint(tmp_path_factory.mktemp("start"), CheckpointInfo("start", config), Generator(config))


@pytest.fixture
def tiny_smoke(tmp_path):
    """The file of the tiny recipe, for commands."""
    path = tmp_path / "smoke.toml"
    path.write_text(SMOKE.read_text().replace("[generator]", '[generator]\nencoder = "tiny"'))
    return path


@pytest.fixture(autouse=True)
def keep_threads():
    """Commands set torch's number of threads, and two threads that wait for each other keep two cores busy."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def single_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
