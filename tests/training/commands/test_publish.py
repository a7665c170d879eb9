"""Uses the real client: it loads from its cache and pushes to a minimal Hub served by this test."""

import base64
import json
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
import yaml
from huggingface_hub import constants

from api.models.catalogue import Catalogue
from tests.fixtures.hub import COMMIT, hub_snapshot
from training.commands.publish import main
from training.commands.release import main as release
from training.commands.train import main as train
from training.networks.weight_references import local_checkpoint
from worker.colorizer.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig

__all__ = ["hub_snapshot"]

ROW = {"psnr": 20.0, "colorfulness_ratio": 0.0}
SCORES = {"pictures": 12, "size": 256, "rows": {"gray": ROW, "vividness 1": {"psnr": 22.5, "colorfulness_ratio": 0.9}}}


@pytest.fixture
def checkpoint(tmp_path):
    torch.manual_seed(0)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16), encoder="tiny")
    metrics = {"validation": {"cautious psnr": 24.0}, "kodak": SCORES}
    info = CheckpointInfo(
        "base",
        config,
        metrics=metrics,
        training={"photographs": 512, "init": "first"},
        notice="It began elsewhere.",
        description="For streets.",
    )
    return save_checkpoint(tmp_path / "run", info, Generator(config))


@pytest.fixture
def options(checkpoint, tmp_path):
    return [str(checkpoint), "--repository", "museum/colors", "--to", str(tmp_path / "out")]


@pytest.fixture
def laid_out(options, tmp_path):
    assert main(options) == 0
    return tmp_path / "out" / "museum" / "colors"


def test_a_repository_holds_the_same_weights_their_description_and_a_card(laid_out, checkpoint):
    assert {path.name for path in laid_out.iterdir()} == {"LICENSE", "README.md", "model.json", "model.safetensors"}
    assert (laid_out / "model.safetensors").read_bytes() == checkpoint.read_bytes()
    assert json.loads((laid_out / "model.json").read_text())["weights"]["file"] == "model.safetensors"
    assert load_checkpoint(laid_out / "model.safetensors").info == load_checkpoint(checkpoint).info


def test_the_front_matter_follows_the_hubs_format(laid_out):
    _, front, _ = (laid_out / "README.md").read_text().split("---\n", 2)

    header = yaml.safe_load(front)

    assert header["license"] == "apache-2.0"
    assert "image-colorization" in header["tags"]
    (model,) = header["model-index"]
    (result,) = model["results"]
    assert result["dataset"] == {"name": "kodak (12 photographs)", "type": "kodak"}
    assert {metric["name"]: metric["value"] for metric in result["metrics"]} == {
        "psnr, vividness 1": 22.5,
        "colorfulness_ratio, vividness 1": 0.9,
    }


def test_the_card_contains_the_checkpoints_facts_and_scores(laid_out, checkpoint):
    card = (laid_out / "README.md").read_text()

    assert f"`{load_checkpoint(checkpoint).sha256}`" in card
    assert "| photographs | 512 |" in card
    assert "It began elsewhere." in card
    assert "| vividness 1 | 22.500 | 0.900 |" in card
    assert "hf://museum/colors/model.safetensors" in card
    assert "cautious psnr" not in card
    assert "\n\nFor streets.\n\n" in card
    assert "| finetuned from | first |" in card


def test_a_gateway_accepts_the_card_under_the_documented_name(laid_out, tmp_path):
    (name,) = re.findall(r"save `model\.json` as `models/(\S+)`,", (laid_out / "README.md").read_text())
    models = tmp_path / "models"
    models.mkdir()
    shutil.copyfile(laid_out / "model.json", models / name)

    assert Catalogue.read(models, None).default.name == "base"


@pytest.mark.usefixtures("cached")
def test_a_published_checkpoint_is_released_under_another_name(laid_out, tmp_path):
    (command,) = re.findall(r"python -m training release (\S+) --name NAME", (laid_out / "README.md").read_text())

    assert release([command, "--name", "museum", "--to", str(tmp_path / "models")]) == 0

    assert Catalogue.read(tmp_path / "models", None).default.name == "museum"


def test_prose_is_appended_to_the_card(options, laid_out, tmp_path):
    (tmp_path / "prose.md").write_text("Portraits come out too red.\n")

    assert main([*options, "--prose", str(tmp_path / "prose.md")]) == 0

    assert (laid_out / "README.md").read_text().endswith("\n\nPortraits come out too red.\n")


def test_another_licence_is_named_without_its_text(checkpoint, options, tmp_path):
    document = json.loads(checkpoint.with_suffix(".json").read_text())
    checkpoint.with_suffix(".json").write_text(json.dumps(document | {"license": "Museum-1.0", "metrics": {}}))

    assert main(options) == 0

    folder = tmp_path / "out" / "museum" / "colors"
    front = yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])
    assert (front["license"], front["license_name"]) == ("other", "Museum-1.0")
    assert "model-index" not in front
    assert not (folder / "LICENSE").exists()


@pytest.fixture
def cached(laid_out, hub_snapshot):
    """The repository in the cache, as after a download."""
    shutil.copytree(laid_out, hub_snapshot, dirs_exist_ok=True)


@pytest.mark.usefixtures("cached")
def test_a_checkpoint_loaded_from_the_hub_is_unchanged(checkpoint):
    path = local_checkpoint("hf://museum/colors/model.safetensors")

    assert path.read_bytes() == checkpoint.read_bytes()
    assert load_checkpoint(path).sha256 == load_checkpoint(checkpoint).sha256


@pytest.mark.usefixtures("cached")
def test_training_starts_from_a_published_checkpoint(folder, tmp_path):
    recipe = tmp_path / "short.toml"
    recipe.write_text(
        'name = "short"\nhardware = "any"\nhours = 0.01\nexpected = "none"\nvalidate_every = 1\npatience = 9\n'
        '[[stages]]\nname = "only"\nselect = "cautious ciede2000"\nbudget = { steps = 1 }\n'
        "crops = { size = 64, minibatch = 2, coverage = [0.6, 1.0] }\n"
    )
    start = ["--init", "hf://museum/colors/model.safetensors", "--recipe", str(recipe)]

    assert train(["--data", str(folder), "--run-folder", str(tmp_path / "run"), "--threads", "1", *start]) == 0

    trained = load_checkpoint(tmp_path / "run" / "only.safetensors").info
    assert trained.training["init"] == "hf://museum/colors/model.safetensors"
    assert trained.notice == "It began elsewhere."


class _Hub(BaseHTTPRequestHandler):
    """Serves the requests of a small commit: create the repository, choose an upload mode per file, commit."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.calls.append(self.path)
        if self.path.endswith("/preupload/main"):
            named = [file["path"] for file in json.loads(body)["files"]]
            answer = {"files": [{"path": path, "uploadMode": "regular", "shouldIgnore": False} for path in named]}
        elif self.path.endswith("/commit/main"):
            lines = [json.loads(line) for line in body.splitlines()]
            files = [line["value"] for line in lines if line["key"] == "file"]
            self.server.files |= {file["path"]: base64.b64decode(file["content"]) for file in files}
            answer = {"success": True, "commitOid": COMMIT, "commitUrl": f"{self._address()}/commit/{COMMIT}"}
        else:
            answer = {"url": self._address(), "errors": [], "warnings": []}
        self._send(self.server.status, answer)

    def do_GET(self):
        self._send(200, {"id": "museum/colors", "sha": COMMIT, "siblings": [], "xetEnabled": False})

    def _address(self):
        return f"http://127.0.0.1:{self.server.server_port}/museum/colors"

    def _send(self, status, answer):
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    server.calls, server.files, server.status = [], {}, 200
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HF_TOKEN", "hf_of_a_test")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_is_uploaded_by_default(hub, options):
    assert main(options) == 0

    assert hub.calls == []


def test_pushed_files_arrive_unchanged(hub, options, tmp_path, capsys):
    assert main([*options, "--push"]) == 0

    folder = tmp_path / "out" / "museum" / "colors"
    assert hub.files == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert COMMIT in capsys.readouterr().out


def test_a_hub_that_refuses_is_an_error(hub, options, capsys):
    hub.status = 403

    assert main([*options, "--push"]) == 2

    assert capsys.readouterr().err.startswith("publish: ")


@pytest.mark.parametrize("repository", ["colors", "museum/", "../colors", "museum/colors/base"])
def test_an_invalid_repository_name_is_refused(options, tmp_path, capsys, repository):
    assert main([*options, "--repository", repository]) == 2

    assert "OWNER/NAME" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_damaged_checkpoint_is_not_published(options, checkpoint, tmp_path, capsys):
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1] + b"x")

    assert main(options) == 2

    assert "SHA-256" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
