"""The environment variables that each side knows are those that the processes read."""

import pytest
from photochrom.cli import environment as client

from api.settings import GatewaySettings
from infra.standalone.settings import StackSettings
from shared.environment import NAMES, unknown_variables
from worker.process.settings import WorkerSettings
from worker.reconcile.settings import ReconcilerSettings

PROCESSES = [GatewaySettings, WorkerSettings, ReconcilerSettings]
OTHERS = {"URL", "API_KEY", *map(str.upper, StackSettings.model_fields)}


def test_every_setting_of_every_process_is_known():
    assert OTHERS | {name.upper() for process in PROCESSES for name in process.model_fields} == NAMES
    assert client.CLIENT_NAMES | client.SERVICE_NAMES == NAMES


@pytest.mark.parametrize("process", PROCESSES)
def test_settings_of_all_processes_are_known_to_each(process):
    environment = dict.fromkeys(
        [
            "PHOTOCHROM_MONGO__URL",
            "PHOTOCHROM_PORT",
            "PHOTOCHROM_PORT_FILE",
            "PHOTOCHROM_MONGO__PASSWORD_FILE",
            "PHOTOCHROM_WORKER__DEVICE",
            "PHOTOCHROM_WORKER__MODELS_FILE",
            "PHOTOCHROM_RECONCILE__RESEND_SECONDS",
            "photochrom_lease__seconds",
            "PATH",
        ],
        "1",
    )

    assert unknown_variables(process, environment) == {}


@pytest.mark.parametrize(
    ("variable", "similar"),
    [
        ("PHOTOCHROM_MONGO_URL", "PHOTOCHROM_MONGO__URL"),
        ("PHOTOCHROM_LEASE__SECOND", "PHOTOCHROM_LEASE__SECONDS"),
        ("PHOTOCHROM_PROT", "PHOTOCHROM_PORT"),
        ("PHOTOCHROM_REDIS__PASSWORT_FILE", "PHOTOCHROM_REDIS__PASSWORD"),
    ],
)
def test_a_misspelled_variable_is_unknown_and_the_right_one_is_named(variable, similar):
    assert unknown_variables(GatewaySettings, {variable: "1"}) == {variable: [similar]}
