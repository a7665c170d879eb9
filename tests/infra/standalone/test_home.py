"""What a data folder stores, and how it detects a running stack."""

import os
import socket
import subprocess
import sys

import pytest

from infra.standalone.errors import StackError
from infra.standalone.home import DataFolder, Running, State, is_free


@pytest.fixture
def folder(tmp_path) -> DataFolder:
    return DataFolder(tmp_path / "home")


def test_ports_are_stored(folder):
    ports = folder.ports("redis", "mongo", "bucket")

    assert len(set(ports.values())) == 3
    assert DataFolder(folder.path).ports("redis", "mongo", "bucket") == ports


def test_a_stored_port_that_is_in_use_is_replaced(folder):
    ports = folder.ports("redis", "mongo")

    with socket.create_server(("127.0.0.1", ports["redis"])):
        moved = folder.ports("redis", "mongo")

    assert moved["redis"] != ports["redis"]
    assert moved["mongo"] == ports["mongo"]


def test_an_existing_folder_becomes_private(tmp_path):
    (tmp_path / "home").mkdir(mode=0o755)

    DataFolder(tmp_path / "home")

    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


def test_the_lock_is_held_by_processes_that_inherit_it(folder):
    with folder.locked() as lock:
        child = subprocess.Popen(
            [sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock], text=True
        )

    assert folder.is_locked()
    child.communicate("\n")
    assert not folder.is_locked()


def test_a_second_stack_from_one_folder_is_refused(folder):
    with folder.locked(), pytest.raises(StackError, match="already running in"), folder.locked():
        pass


def test_the_state_exists_while_the_lock_is_held(folder):
    state = State(os.getpid(), "http://127.0.0.1:8000", ready=True, processes={"redis": Running(12, "127.0.0.1:1")})

    with folder.locked():
        assert folder.state() is None
        folder.write_state(state)
        assert folder.state() == state

    assert folder.state() is None
    assert folder.clear_state()
    assert not folder.clear_state()


def test_the_state_of_a_killed_supervisor_is_ignored(folder):
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as supervisor:
        supervisor.wait()

    with folder.locked():
        folder.write_state(State(supervisor.pid, "http://127.0.0.1:8000", ready=True))

        assert folder.state() is None


def test_a_folder_that_cannot_be_created_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(StackError, match=r"Cannot use the data folder .*: Not a directory"):
        DataFolder(tmp_path / "file" / "home")


def test_an_address_of_another_machine_is_not_free():
    assert not is_free("192.0.2.1", 8000)
