import subprocess
import sys

from infra.admin.registry import subcommands


def admin(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra.admin", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_help_lists_every_subcommand_with_a_sentence():
    listed = admin("--help").stdout

    for name, command in subcommands():
        first_line = (command.__doc__ or "").partition("\n")[0].rstrip(".")
        assert first_line
        assert name in listed.split()
        assert first_line.split()[0] in listed


def test_an_unknown_subcommand_is_refused_with_the_known_ones():
    refused = admin("setings")

    assert refused.returncode == 2
    assert "choose from" in refused.stderr
    assert "settings" in refused.stderr
