"""Fixtures live in tests/fixtures, one module per topic; here they are only named."""

pytest_plugins = [
    "tests.fixtures.parallel",
    "tests.fixtures.server_mark",
    "tests.fixtures.stack",
    "tests.fixtures.storage",
]
