"""The version number of the client and of the server; both `pyproject.toml` files read it here."""

__version__ = "0.1.0"
