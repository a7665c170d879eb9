from tests.training.runs import SMOKE, command
from training.names import read_names
from training.train import main
from worker.colorizer import Colorizer
from worker.colorizer.checkpoint import load_checkpoint


def test_the_command_leaves_a_checkpoint_that_explains_itself_and_colorizes(folder, held_out, tmp_path):
    run = tmp_path / "run"

    assert main(command(folder, held_out, run, "--steps", "2")) == 0

    training = load_checkpoint(run / "best.safetensors").info.training
    assert training["photographs"] == 10
    assert training["skipped"] == {"no color": 1, "not readable": 1}
    assert training["recipe"]["name"] == "smoke"
    assert training["stage"] == "refine"
    assert read_names(run / "held-out.txt") == ["00.png", "01.png"]
    assert Colorizer.load(run / "best.safetensors").name == "best"


def test_a_run_is_not_continued_with_other_data(folder, shards, held_out, tmp_path, capsys):
    held_out.write_text("00.png\npart-0.tar/00.png\n")
    assert main(command(folder, held_out, tmp_path / "run", "--steps", "1")) == 0

    assert main(command(shards, held_out, tmp_path / "run", "--steps", "1")) == 2

    assert "data_sha256" in capsys.readouterr().err


def test_weights_that_a_recipe_needs_are_asked_for_before_the_run(folder, held_out, tmp_path, capsys):
    recipe = tmp_path / "perceptual.toml"
    recipe.write_text(SMOKE.read_text().replace("adversarial = 0.1", "vivid_perceptual = 0.1"))

    assert main(command(folder, held_out, tmp_path / "run", "--recipe", str(recipe))) == 2

    assert "--lpips" in capsys.readouterr().err
