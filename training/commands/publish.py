"""Prepare a checkpoint as a repository of the Hugging Face Hub, in a local folder.

`model.safetensors` (a copy of the weights) and `model.json` are the checkpoint that
`hf://OWNER/NAME/model.safetensors` loads; `README.md` is its card. Nothing is uploaded without `--push`.
"""

import argparse
import json
import re
import shutil
import sys
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from training.publishing.card import model_card
from worker.colorizer.checkpoint import CheckpointError, load_checkpoint

NAME = "model"
_LICENSE = Path(__file__).parents[2] / "LICENSE"
_LICENSE_IS = "Apache-2.0"
_REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        prose = options.prose.read_text() if options.prose else ""
        folder = options.to / options.repository
        lay_out(options.checkpoint, folder, options.repository, prose=prose)
        print(f"{folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")
        if options.push:
            print(push(folder, options.repository, private=options.private))
    except (CheckpointError, HfHubHTTPError, OSError, ValueError) as error:
        print(f"publish: {error}", file=sys.stderr)
        return 2
    return 0


def lay_out(checkpoint: Path, folder: Path, repository: str, *, prose: str) -> None:
    """Write the repository into `folder`, over an earlier one, and verify the copy.

    Raises CheckpointError if the checkpoint is invalid or the copy differs from it, and ValueError if `repository` is
    not OWNER/NAME.
    """
    if not _REPOSITORY.fullmatch(repository):
        raise ValueError(f"invalid repository {repository!r}. Give OWNER/NAME.")
    source = load_checkpoint(checkpoint)
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{NAME}.safetensors"
    shutil.copyfile(checkpoint.with_suffix(".safetensors"), weights)
    document = json.loads(checkpoint.with_suffix(".json").read_text())
    document["weights"]["file"] = weights.name
    weights.with_suffix(".json").write_text(json.dumps(document, indent=2) + "\n")
    (folder / "README.md").write_text(model_card(source, repository, prose))
    if source.info.license == _LICENSE_IS:  # It requires a copy with every distribution.
        shutil.copyfile(_LICENSE, folder / _LICENSE.name)
    if load_checkpoint(weights).sha256 != source.sha256:
        raise CheckpointError(f"{weights} changed while it was copied")


def push(folder: Path, repository: str, *, private: bool) -> str:
    """Upload the folder as one commit; create the repository if it does not exist. Returns the commit's URL.

    Uses the token of huggingface_hub. Raises HfHubHTTPError if the Hub refuses.
    """
    hub = HfApi()
    hub.create_repo(repository, private=private, exist_ok=True)
    commit = hub.upload_folder(repo_id=repository, folder_path=folder, commit_message="Publish with Photochrom")
    return str(commit.commit_url)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training publish", description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="NAME.safetensors with NAME.json beside it")
    parser.add_argument("--repository", required=True, help="OWNER/NAME on the Hub")
    parser.add_argument(
        "--prose", type=Path, help="Markdown file to append to the card, for example on what to expect by eye"
    )
    parser.add_argument(
        "--to", type=Path, default=Path("out/hub"), help="folder in which OWNER/NAME is created (default: %(default)s)"
    )
    parser.add_argument("--push", action="store_true", help="upload the repository, with the token of huggingface_hub")
    parser.add_argument("--private", action="store_true", help="if --push creates the repository, make it private")
    return parser
