import dataclasses
import json
import shutil
from pathlib import Path

import pytest
import torch

from shared.jobs.options import Options
from worker.colorizer.calibration import Calibration
from worker.colorizer.checkpoint import LONGEST_NAME, CheckpointError, load_checkpoint, save_checkpoint


@pytest.fixture
def copied(checkpoint, tmp_path):
    shutil.copy(checkpoint.with_suffix(".json"), tmp_path)
    return Path(shutil.copy(checkpoint, tmp_path))


def _rewrite(path, **changes):
    path = path.with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_checkpoint_is_read_as_it_was_written(checkpoint, info, untrained):
    loaded = load_checkpoint(checkpoint)

    assert loaded.info == info
    written = untrained.state_dict()
    for key, tensor in loaded.generator.state_dict().items():
        torch.testing.assert_close(tensor, written[key], rtol=1e-3, atol=1e-4)


def test_a_checkpoint_loads_by_the_path_of_either_file(checkpoint):
    assert load_checkpoint(checkpoint.with_suffix(".json")).sha256 == load_checkpoint(checkpoint).sha256


def test_weights_changed_by_one_bit_are_refused(copied):
    content = bytearray(copied.read_bytes())
    content[-1] ^= 1
    copied.write_bytes(content)

    with pytest.raises(CheckpointError, match="SHA-256"):
        load_checkpoint(copied)


def test_weights_of_another_architecture_are_refused(copied, info):
    _rewrite(copied, generator={"decoder_channels": [64, 32, 24, 16], "bin_grid": 10})

    with pytest.raises(CheckpointError, match="does not fit"):
        load_checkpoint(copied)


@pytest.mark.parametrize(
    "change",
    [{"format": 2}, {"lightness_range": [0, 1]}, {"generator": {"depth": 3}}, {"generator": {"encoder": "vgg"}}],
)
def test_a_card_for_another_interpretation_is_refused(copied, change):
    _rewrite(copied, **change)

    with pytest.raises(CheckpointError):
        load_checkpoint(copied)


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"absent\.json"):
        load_checkpoint(tmp_path / "absent.safetensors")


def test_a_card_that_is_not_json_is_refused(copied):
    copied.with_suffix(".json").write_text("weights")

    with pytest.raises(CheckpointError, match="not JSON"):
        load_checkpoint(copied)


def test_a_checkpoint_of_the_first_architecture_still_loads(copied, untrained):
    """Its card has none of the fields added later."""
    config = dataclasses.asdict(untrained.config)
    _rewrite(copied, generator={key: config[key] for key in ("decoder_channels", "bin_grid")})

    assert load_checkpoint(copied).info.generator == untrained.config


def test_weights_that_are_too_large_are_not_written(untrained, info, tmp_path):
    with pytest.raises(CheckpointError, match="more than 1000"):
        save_checkpoint(tmp_path, info, untrained, max_bytes=1000)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 9),
        ("temperature", 0.0),
        ("share", 7.0),
        ("share", -0.1),
        ("gain", -3.0),
        ("gain", float("nan")),
        ("least_share", 1.01),
        ("least_share", "half"),
        ("most_gain", 4.5),
    ],
)
def test_a_calibration_out_of_range_is_refused(copied, name, value):
    with pytest.raises(ValueError, match=f"{name} must be a number from .* to .*, not"):
        Calibration(**{name: value})

    _rewrite(copied, calibration={name: value})
    message = f"{copied.stem}.json has an invalid value: The calibration's {name} must"
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(copied)


def test_a_card_from_before_descriptions_still_loads(copied):
    card = copied.with_suffix(".json")
    document = json.loads(card.read_text())
    assert document.pop("description") == ""
    card.write_text(json.dumps(document))

    assert load_checkpoint(copied).info.description == ""


@pytest.mark.parametrize(
    "name", ["../evil", "a/b", "", ".hidden", "old prints", "Köln", "-x", "x" * (LONGEST_NAME + 1)]
)
def test_a_checkpoint_with_an_invalid_name_is_not_written(untrained, info, tmp_path, name):
    with pytest.raises(CheckpointError, match=r"Invalid model name .* letters, digits"):
        save_checkpoint(tmp_path / "models", dataclasses.replace(info, name=name), untrained)

    assert not list(tmp_path.iterdir())


def test_the_longest_name_fits_the_option_of_a_job(untrained, info, tmp_path):
    longest = "x" * LONGEST_NAME

    written = save_checkpoint(tmp_path, dataclasses.replace(info, name=longest), untrained)

    assert load_checkpoint(written).info.name == Options(model=longest).model
    with pytest.raises(ValueError, match=f"at most {LONGEST_NAME} characters"):
        Options(model=longest + "x")
