"""Constants that two rooms repeat, because neither may import the other, are the same in both."""

from typing import get_args

import numpy as np
from photochrom import options
from photochrom import responses as client
from photochrom.cli import arguments
from photochrom.submission.submit import MOST_UPLOADS

from api.models import schemas as models
from api.sources import schemas as sources
from shared.jobs.documents import ManifestFormat
from shared.jobs.options import LARGEST_SEED, MOST_VARIANTS, Options, ResultFormat
from shared.lifecycle import ItemState, JobState
from shared.verdicts import Verdict
from worker.colorizer import lightness_from_luma
from worker.imaging.lab import LIGHTNESS


def test_the_client_offers_the_formats_of_the_service():
    assert get_args(options.Format) == tuple(ResultFormat)


def test_the_client_knows_the_options_of_the_service():
    assert options.JobOptions.__annotations__.keys() == Options.model_fields.keys()
    assert (options.LARGEST_SEED, options.MOST_VARIANTS) == (LARGEST_SEED, MOST_VARIANTS)


def test_the_client_knows_the_states_of_the_service():
    assert set(get_args(client.JobState)) == set(JobState)
    assert set(get_args(client.ItemState)) == set(ItemState)
    assert set(get_args(client.Verdict)) == set(Verdict)
    assert {state for state in JobState if state.is_terminal} == client.TERMINAL_STATES


def test_the_client_knows_the_fields_of_a_model():
    assert client.Model.__dataclass_fields__.keys() - {"raw"} == models.Model.model_fields.keys()


def test_the_client_knows_the_sources_of_the_service():
    assert set(get_args(client.ManifestFormat)) == set(ManifestFormat)
    assert sources.FORMATS.keys() == arguments.MANIFESTS
    assert sources.MOST_UPLOADS == MOST_UPLOADS


def test_colorizer_and_imaging_use_the_same_lightness():
    grays = np.arange(256, dtype=np.uint8)

    assert np.abs(lightness_from_luma(grays) - LIGHTNESS).max() < 1e-3
