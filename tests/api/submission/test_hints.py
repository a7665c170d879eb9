"""Hints: how they are sent and recorded, and where they are refused."""

from typing import Any

import httpx
import pytest

from shared.jobs.options import MOST_HINTS
from tests.api.archives import zip_of
from tests.api.sources import MANIFEST, PREFIX, only, several, submit
from tests.api.stage import JPEG, Museum, Stage
from tests.api.uploading import code, uploaded

RED = {"x": 0.25, "y": 0.75, "color": "#b03020"}
BLUE = {"x": 1.0, "y": 0.0, "color": "#8fb4d8"}
AS_TEXT = "0.25,0.75,b03020;1,0,#8FB4D8"


def test_hints_are_recorded_however_they_are_sent(client: httpx.Client, stage: Stage) -> None:
    raw = client.post("/v1/jobs", params={"hints": AS_TEXT}, content=JPEG)
    form = client.post("/v1/jobs", data={"hints": AS_TEXT}, files={"file": ("a.jpg", JPEG)})
    source = submit(client, only(uploaded(client, JPEG, "a.jpg")), options={"hints": [RED, BLUE]})

    for answer in (raw, form, source):
        assert answer.status_code == 202, answer.text
        assert answer.json()["options"]["hints"] == [RED, BLUE]
        stored = stage.portal.call(stage.gateway.jobs.get, answer.json()["id"])
        assert [hint.rgb for hint in stored.options.hints] == [(0xB0, 0x30, 0x20), (0x8F, 0xB4, 0xD8)]


def test_different_hints_make_a_different_request(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "scan-17"}
    first = client.post("/v1/jobs", params={"hints": "0.5,0.5,b03020"}, content=JPEG, headers=key)

    again = client.post("/v1/jobs", params={"hints": "0.50,0.5,#B03020"}, content=JPEG, headers=key)
    other = client.post("/v1/jobs", params={"hints": "0.5,0.5,b03021"}, content=JPEG, headers=key)

    assert again.json()["id"] == first.json()["id"]
    assert code(other) == (422, "idempotency_mismatch")


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "write each hint as X,Y,RRGGBB"),
        ("0.5,0.5", "write each hint as X,Y,RRGGBB"),
        ("0.5,0.5,b03020;", "write each hint as X,Y,RRGGBB"),
        ("0.5,0.5,b03020,1", "write each hint as X,Y,RRGGBB"),
        ("1.01,0.5,b03020", "x of entry 1: Input should be less than or equal to 1, not '1.01'"),
        ("0.5,-0.1,b03020", "y of entry 1: Input should be greater than or equal to 0, not '-0.1'"),
        ("0,0,b03020;nan,0.5,b03020", "x of entry 2: Input should be a finite number, not 'nan'"),
        ("left,0.5,b03020", "x of entry 1: Input should be a valid number, not 'left'"),
        ("0.5,0.5,red", "color of entry 1: Input should be like #b03020, not '#red'"),
        ("0.5,0.5,b0302", "color of entry 1: Input should be like #b03020, not '#b0302'"),
        (";".join(["0.5,0.5,b03020"] * (MOST_HINTS + 1)), f"Tuple should have at most {MOST_HINTS} items"),
    ],
)
def test_invalid_hints_are_named(client: httpx.Client, stage: Stage, text: str, detail: str) -> None:
    answer = client.post("/v1/jobs", params={"hints": text}, content=JPEG)

    assert code(answer) == (422, "invalid_option")
    [fault] = answer.json()["errors"]
    assert fault["parameter"] == "hints"
    assert fault["detail"].startswith(detail)
    assert stage.traces()["jobs"] == []


@pytest.mark.parametrize("hint", [{**RED, "x": 2}, {**RED, "radius": 3}, {"x": 0, "y": 0}, {**RED, "color": "b03020"}])
def test_an_invalid_hint_in_json_has_a_pointer(client: httpx.Client, hint: dict[str, Any]) -> None:
    answer = submit(client, only("upl_any"), options={"hints": [RED, hint]})

    assert code(answer) == (422, "invalid_request")
    [fault] = answer.json()["errors"]
    assert fault["pointer"].startswith("#/options/hints/1")


def test_each_invalid_part_of_a_hint_is_named(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", params={"hints": "30,30,ff0000"}, content=JPEG)

    assert answer.json()["detail"] == (
        "hints: x of entry 1: Input should be less than or equal to 1, not '30'; "
        "hints: y of entry 1: Input should be less than or equal to 1, not '30'"
    )


def test_an_invalid_color_in_json_is_explained_by_an_example(client: httpx.Client) -> None:
    answer = submit(client, only("upl_any"), options={"hints": [{**RED, "color": "red"}]})

    assert answer.json()["errors"] == [
        {"pointer": "#/options/hints/0/color", "detail": "Input should be like #b03020, not 'red'"}
    ]


def test_hints_for_an_archive_are_refused_before_it_is_stored(client: httpx.Client, stage: Stage) -> None:
    answer = client.post("/v1/jobs", params={"hints": AS_TEXT}, content=zip_of())

    assert code(answer) == (422, "hints_on_several")
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


def test_hints_for_several_pictures_are_refused_and_uploads_stay_free(client: httpx.Client, museum: Museum) -> None:
    uploads = [uploaded(client, JPEG, "a.jpg"), uploaded(client, JPEG, "b.jpg")]
    archive = uploaded(client, zip_of(), "a.zip")

    for source in (PREFIX, MANIFEST, several(*uploads), several(uploads[0]), only(archive)):
        for more in ({}, {"dry_run": True}):
            assert code(submit(client, source, options={"hints": [RED]}, **more)) == (422, "hints_on_several")

    assert submit(client, several(*uploads)).status_code == 202
    assert submit(client, only(archive)).status_code == 202


def test_hints_for_a_model_without_hints_are_refused(client: httpx.Client, stage: Stage) -> None:
    answer = client.post("/v1/jobs", params={"hints": AS_TEXT, "model": "vivid"}, content=JPEG)

    assert code(answer) == (422, "invalid_option")
    detail = "the model vivid does not support hints; choose from base"
    assert answer.json()["errors"] == [{"parameter": "hints", "detail": detail}]
    assert stage.traces()["jobs"] == []


def test_models_show_whether_they_support_hints(client: httpx.Client) -> None:
    models = client.get("/v1/models").json()["data"]

    assert {model["id"]: model["hints"] for model in models} == {"base": True, "vivid": False}


def test_hints_are_documented_as_text_in_a_query_and_as_a_list_in_json(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()

    submitted = document["paths"]["/v1/jobs"]["post"]
    query = {parameter["name"]: parameter["schema"] for parameter in submitted["parameters"]}["hints"]
    in_json = document["components"]["schemas"]["Options"]["properties"]["hints"]
    for example in query["examples"]:
        assert client.post("/v1/jobs", params={"hints": example}, content=JPEG).status_code == 202
    assert (query["type"], in_json["type"], in_json["items"]["$ref"]) == (
        "string",
        "array",
        "#/components/schemas/Hint",
    )
