"""Registers the fixtures in tests/fixtures, one module per topic."""

from hypothesis import settings

pytest_plugins = [
    "tests.fixtures.garbage",
    "tests.fixtures.logs",
    "tests.fixtures.parallel",
    "tests.fixtures.server_mark",
    "tests.fixtures.stack",
    "tests.fixtures.storage",
]

# How long an example takes says more about what else the machine does: several processes share its cores.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
