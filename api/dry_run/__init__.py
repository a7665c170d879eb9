"""Dry runs: counting a source and estimating a job. Nothing is stored or started."""
