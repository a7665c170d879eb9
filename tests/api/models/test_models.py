"""`GET /v1/models`."""

import httpx


def test_the_models_are_listed_with_their_weights(client: httpx.Client) -> None:
    models = client.get("/v1/models").json()["data"]

    assert [(model["id"], model["default"]) for model in models] == [("base", True), ("vivid", False)]
    assert models[0]["description"] == "About base."
    assert len(models[0]["sha256"]) == 64
