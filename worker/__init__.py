"""Celery workers and what they do: one package per concern, layered as in pyproject.toml. No HTTP, no routes."""
