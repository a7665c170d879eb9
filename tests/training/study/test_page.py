import base64
import io
import json
import re

import pytest
from PIL import Image

from tests.training.study.conftest import save_picture
from training.study.page import Key, key_json, page, read_key
from training.study.pictures import data_uris, find_pictures
from training.study.trials import COMPARE, plan_comparisons


@pytest.fixture
def study(results):
    pictures = find_pictures(results)
    return Key("5eed", COMPARE, tuple(plan_comparisons(pictures, trials=12, repeats=2, seed=0))), pictures


def test_the_page_shows_the_pictures_of_each_trial_in_order(study):
    key, pictures = study
    shown = _embedded(page(key, pictures, longest=800))

    assert [trial["number"] for trial in shown["trials"]] == [trial.number for trial in key.trials]
    green = {"old": 100, "new": 200}
    for trial, embedded in zip(key.trials, shown["trials"], strict=True):
        assert [_pixel(uri)[1] for uri in embedded["pictures"]] == pytest.approx(
            [green[method] for method in trial.methods], abs=3
        )


def test_the_page_does_not_betray_methods_or_names_and_loads_nothing(study):
    key, pictures = study
    html = page(key, pictures, longest=800)
    text = re.sub(r"data:image/jpeg;base64,[\w+/=]+", "", html)

    assert not re.search(r"\b(old|new)\b", text.split("</style>")[1].split("<script>")[0])
    assert "people/01" not in text
    assert "http" not in text.replace("http-equiv", "")


def test_pictures_are_reduced_alike_and_carry_no_metadata(tmp_path):
    save_picture(tmp_path / "a.png", (9, 9, 9), (400, 200))
    save_picture(tmp_path / "b.jpg", (9, 9, 9), (200, 100))

    decoded = [
        Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
        for uri in data_uris([tmp_path / "a.png", tmp_path / "b.jpg"], 100)
    ]

    assert [picture.size for picture in decoded] == [(100, 50), (100, 50)]
    assert not any(picture.getexif() for picture in decoded)


def test_pictures_of_different_shape_or_unreadable_ones_are_refused(tmp_path):
    save_picture(tmp_path / "wide.png", (9, 9, 9), (40, 20))
    save_picture(tmp_path / "square.png", (9, 9, 9), (40, 40))
    (tmp_path / "broken.png").write_bytes(b"no picture")

    with pytest.raises(ValueError, match=r"differ in shape: .*wide\.png is 40 x 20"):
        data_uris([tmp_path / "wide.png", tmp_path / "square.png"], 100)
    with pytest.raises(ValueError, match=r"broken\.png cannot be shown"):
        data_uris([tmp_path / "broken.png"], 100)


def test_a_key_is_read_back(study):
    key, _ = study

    assert read_key(key_json(key)) == key
    with pytest.raises(ValueError, match="not the key of a study"):
        read_key("[1]")


def _embedded(html):
    return json.loads(re.search(r'<script id="study" type="application/json">(.*?)</script>', html, re.DOTALL)[1])


def _pixel(uri):
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as picture:
        return picture.getpixel((0, 0))
