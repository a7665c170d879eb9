"""The watchdog stops the processes of a supervisor that has died."""

import signal
import subprocess
import sys

from infra.standalone.lifeline import end_groups, read_groups

DEAF = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


def start(script: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_released_groups_are_not_held():
    assert read_groups(["+11\n", "+12\n", "-11\n", "+13\n", "-99\n"]) == {12, 13}


def test_a_process_may_take_its_time_to_stop():
    process = start(DEAF.replace("signal.SIG_IGN", "lambda *_: os._exit(7)"))

    lifeline = subprocess.Popen([sys.executable, "-m", "infra.standalone.lifeline"], stdin=subprocess.PIPE)
    lifeline.stdin.write(f"+{process.pid}\n".encode())
    lifeline.stdin.close()

    with process:
        assert process.wait(timeout=5) == 7
    assert lifeline.wait(timeout=5) == 0


def test_a_process_that_does_not_stop_is_killed_after_the_grace_period():
    with start(DEAF) as process:
        end_groups({process.pid}, grace_seconds=0.2)

        assert process.wait(timeout=5) == -signal.SIGKILL


def test_a_group_that_has_already_ended_is_no_error():
    with start("print('ready')") as process:
        process.wait(timeout=5)

    end_groups({process.pid})
