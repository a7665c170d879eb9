import pytest

from training.commands import calibrate, evaluate, evaluate_draws, evaluate_hints, samples, sampling
from training.commands.sampling import sample_parser, sampled_originals
from training.data.holding_out import VALIDATION_LIST
from training.data.names import read_names
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig


def _sampled(folder, *options, most=64):
    parser = sample_parser("sample", None, most=most)
    parsed = parser.parse_args(["best.safetensors", "--data", str(folder), *options])
    return [original.name for original in sampled_originals(parsed)]


def test_without_a_list_every_photograph_of_the_folder_is_taken(folder):
    assert _sampled(folder) == [*(f"{number:02d}.png" for number in range(11)), "more/11.jpg"]


def test_of_many_photographs_an_evenly_spread_sample_is_taken(folder):
    assert _sampled(folder, most=5) == [
        "00.png",
        "03.png",
        "06.png",
        "09.png",
    ]  # Of fourteen, two of which cannot be scored.
    assert _sampled(folder, "--every", "5") == ["00.png", "05.png", "10.png"]


def test_shards_are_sampled_likewise(shards):
    assert _sampled(shards, most=7) == [f"part-0.tar/{number:02d}.png" for number in (0, 2, 4, 6)] + [
        f"part-1.tar/{name}" for name in ("08.png", "10.png")
    ]


@pytest.mark.parametrize(("command", "every"), [(calibrate, 3), (evaluate_hints, 4), (evaluate_draws, 4)])
def test_the_default_sample_of_the_validation_list_is_that_of_the_model_card(command, every, tmp_path, monkeypatch):
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16), hints=True, encoder="tiny")
    checkpoint = save_checkpoint(tmp_path, CheckpointInfo("hinted", config), Generator(config))
    taken = []
    monkeypatch.setattr(sampling, "read_originals", lambda source, names, left_out: taken.append(names) or [])
    command.main([str(checkpoint), "--data", "train", "--names", str(VALIDATION_LIST)])

    assert taken == [set(read_names(VALIDATION_LIST)[::every])]


def test_a_selection_without_photographs_is_an_error(folder, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("gray.png\nbroken.png\nelse where.png\n")

    with pytest.raises(ValueError, match=r"left out: 1 not readable, 1 no color, 1 listed but not there$"):
        _sampled(folder, "--names", str(names))


@pytest.mark.parametrize("command", [calibrate, evaluate_draws])
def test_every_0_is_refused_by_a_sentence(command, folder, tiny, capsys):
    assert command.main([str(tiny), "--data", str(folder), "--every", "0"]) == 2

    assert capsys.readouterr().err.endswith("--every must be at least 1, not 0\n")


@pytest.mark.parametrize("command", [calibrate, evaluate, evaluate_hints, samples])
def test_no_threads_are_refused_by_a_sentence(command, folder, tiny, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main([str(tiny), "--data", str(folder), "--threads", "0"])

    assert ended.value.code == 2
    assert "--threads: must be a whole number of at least 1, not '0'" in capsys.readouterr().err


def test_the_help_says_how_many_are_taken(capsys):
    with pytest.raises(SystemExit):
        calibrate.main(["--help"])

    assert "default: the smallest N that takes at most 86" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("command", [calibrate, evaluate, evaluate_draws, evaluate_hints, samples])
def test_every_command_says_what_a_checkpoint_is(command, folder, tiny, capsys):
    assert command.main([str(tiny.parent), "--data", str(folder)]) == 2

    assert "is a folder, not a checkpoint. Give NAME.safetensors with NAME.json beside it" in capsys.readouterr().err
