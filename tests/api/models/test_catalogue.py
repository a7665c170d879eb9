"""The cards, as the gateway reads them at start."""

import json
from pathlib import Path

import pytest

from api.models.catalogue import Catalogue, NoModel


def write(folder: Path, name: str, **changes: object) -> Path:
    card = {"name": name, "weights": {"sha256": "9f86"}, "generator": {}, "notice": "It began elsewhere."}
    path = folder / f"{name}.json"
    path.write_text(json.dumps(card | changes))
    return path


def test_the_default_is_the_first_by_name_unless_it_is_set(tmp_path: Path) -> None:
    for name in ("zoo", "base-2", "base"):
        write(tmp_path, name)

    assert list(Catalogue.read(tmp_path, None).cards) == ["base", "base-2", "zoo"]
    assert Catalogue.read(tmp_path, None).default.name == "base"
    assert Catalogue.read(tmp_path, "zoo").default.name == "zoo"


def test_a_model_is_described_by_its_card_or_else_by_its_notice(tmp_path: Path) -> None:
    write(tmp_path, "base", description="")
    write(tmp_path, "venice", description="Finetuned from base on 231 photographs.")

    cards = Catalogue.read(tmp_path, None).cards

    assert cards["base"].description == "It began elsewhere."
    assert cards["venice"].description == "Finetuned from base on 231 photographs."


def test_a_card_whose_file_was_renamed_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "base").rename(tmp_path / "museum.json")

    with pytest.raises(NoModel, match=r"museum\.json names another model, 'base'\. Rename the file to base\.json"):
        Catalogue.read(tmp_path, None)
